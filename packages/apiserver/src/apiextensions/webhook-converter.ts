import type { V1CustomResourceDefinition as Definition } from "@dingi/api";
import {
  canonicalize,
  groupOf,
  isObject,
  newUnclassifiedError,
  versionOf,
  type Converter,
  type KubeObject,
  type MixedObject,
  type StructSchema,
} from "@dingi/apimachinery";
import { describeError, type Random } from "@dingi/base";
import type { WebhookClient } from "../webhook/webhook-client.ts";
import { checkConverted, ConversionError, withOwnMetadata } from "./converted-object.ts";

const TIMEOUT_MS = 30_000;
/** A list may come back whole. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** So that no answer is larger, and no question. */
const MAX_QUESTION = 500;
const REVIEW_VERSIONS = ["v1", "v1beta1"];
const REVIEW = "ConversionReview";

export interface WebhookConverterOptions {
  readonly webhooks: WebhookClient;
  readonly random: Random;
  /** Of the server. */
  readonly signal: AbortSignal;
}

type Fields = Readonly<Record<string, unknown>>;

/** Asks a webhook to bring objects from one version into another. Upstream: apiextensions-apiserver/pkg/apiserver/conversion/webhook_converter.go */
export class WebhookConverter implements Converter {
  readonly #definition: Definition;
  readonly #schemas: (apiVersion: string) => StructSchema;
  readonly #options: WebhookConverterOptions;

  constructor(definition: Definition, schemas: (apiVersion: string) => StructSchema, options: WebhookConverterOptions) {
    this.#definition = definition;
    this.#schemas = schemas;
    this.#options = options;
  }

  toVersion(objects: readonly KubeObject[], from: string, to: string): readonly KubeObject[] | Promise<KubeObject[]> {
    if (from === to) return objects;
    return this.convertMixed(
      objects.map((object) => ({ object, from })),
      to,
    );
  }

  async convertMixed(objects: readonly MixedObject[], to: string): Promise<KubeObject[]> {
    const converted: KubeObject[] = [];
    for (let i = 0; i < objects.length; i += MAX_QUESTION)
      converted.push(...(await this.#ask(objects.slice(i, i + MAX_QUESTION), to)));
    return converted;
  }

  async #ask(objects: readonly MixedObject[], to: string): Promise<KubeObject[]> {
    const { kind } = this.#definition.spec.names;
    const typed = objects.map(({ object, from }): Fields => ({ ...object, apiVersion: from, kind }));
    const about = `conversion webhook for ${gvkText(objects[0]!.from, kind)}`;
    const answer = await this.#answerTo(typed, to).catch((error: unknown) => {
      throw newUnclassifiedError(`${about} failed: ${describeError(error)}`);
    });
    if (answer.length !== typed.length)
      throw newUnclassifiedError(`${about} returned ${answer.length} objects, expected ${typed.length}`);
    return typed.map((original, i) => this.#read(original, answer[i], { about, index: i, to }));
  }

  async #answerTo(objects: readonly Fields[], to: string): Promise<readonly unknown[]> {
    const { webhooks, random, signal } = this.#options;
    const { webhook } = this.#definition.spec.conversion ?? {};
    const version = (webhook?.conversionReviewVersions ?? []).find((one) => REVIEW_VERSIONS.includes(one)) ?? "v1";
    const apiVersion = `apiextensions.k8s.io/${version}`;
    const uid = random.uuid();
    const bytes = await webhooks.post({
      config: webhook?.clientConfig ?? {},
      body: { kind: REVIEW, apiVersion, request: { uid, desiredAPIVersion: to, objects } },
      timeoutMs: TIMEOUT_MS,
      signal,
      maxAnswerBytes: MAX_ANSWER_BYTES,
    });
    return convertedObjects(JSON.parse(Buffer.from(bytes).toString()), { apiVersion, uid });
  }

  #read(original: Fields, converted: unknown, { about, ...expected }: Answered): KubeObject {
    try {
      const object = checkConverted(original, converted, expected);
      const { apiVersion: _version, kind: _kind, ...rest } = withOwnMetadata(original, object);
      return canonicalize(this.#schemas(expected.to), rest) as KubeObject;
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error;
      throw newUnclassifiedError(`${about} returned invalid ${error.what}: ${error.message}`);
    }
  }
}

interface Answered {
  readonly about: string;
  readonly index: number;
  readonly to: string;
}

const gvkText = (apiVersion: string, kind: string): string =>
  `${groupOf(apiVersion)}/${versionOf(apiVersion)}, Kind=${kind}`;

interface Asked {
  readonly apiVersion: string;
  readonly uid: string;
}

/** Throws for an answer that is none, and for one that says that it could not be done. */
function convertedObjects(review: unknown, asked: Asked): readonly unknown[] {
  const response = responseOf(isObject(review) ? review : {}, asked);
  const result = isObject(response["result"]) ? response["result"] : {};
  const { status = "", message } = result;
  if (status !== "Success")
    throw new Error(textOf(message) || `response.result.status was '${textOf(status)}', not 'Success'`);
  return Array.isArray(response["convertedObjects"]) ? response["convertedObjects"] : [];
}

function responseOf(review: Fields, { apiVersion, uid }: Asked): Fields {
  const [expected, got] = [gvkText(apiVersion, REVIEW), gvkText(textOf(review["apiVersion"]), textOf(review["kind"]))];
  if (expected !== got) throw new Error(`expected webhook response of ${expected}, got ${got}`);
  const { response } = review;
  if (!isObject(response)) throw new Error("no response provided");
  const isNamed = apiVersion.endsWith("/v1");
  if (isNamed && response["uid"] !== uid)
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response["uid"] ?? "")}`);
  return response;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
