import {
  DecodeBudget,
  DecodeError,
  decodeJson,
  decodeObject,
  encodeJson,
  groupOf,
  isObject,
  s,
  V1Status,
  versionOf,
  yamlToJsonValue,
  type V1Status as Status,
} from "@dingi/apimachinery";
import { goKind, readTypeMeta, unregistered, withDefaults, type TypeMeta } from "../../negotiation/type-meta.ts";
import type { AdmissionAttributes } from "../attributes.ts";
import { requestOf } from "../expression/expression-input.ts";
import type { VersionedAttributes } from "../versioned-attributes.ts";
import type { Invocation } from "./invocation.ts";
import { HookFailure } from "./hook-failure.ts";

const GROUP = "admission.k8s.io";
const VERSIONS = ["v1", "v1beta1"];
const KIND = "AdmissionReview";
const MAX_ALIASES = 100;

const RESPONSE = s.struct("AdmissionResponse", () => [
  s.field("uid", 1, s.string),
  s.field("allowed", 2, s.bool),
  s.field("status", 3, V1Status, { pointer: true, omitempty: true }),
  s.field("patch", 4, s.bytes, { omitempty: true }),
  s.field("patchType", 5, s.string, { pointer: true, omitempty: true }),
  s.field("auditAnnotations", 6, s.map(s.string), { omitempty: true }),
  s.field("warnings", 7, s.list(s.string), { omitempty: true }),
]);

const REVIEW = s.struct("AdmissionReview", () => [
  s.field("kind", 0, s.string, { omitempty: true }),
  s.field("apiVersion", 0, s.string, { omitempty: true }),
  s.field("response", 2, RESPONSE, { pointer: true, omitempty: true }),
]);

interface Review {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly response?: Partial<AdmissionResponse>;
}

/** What a webhook has said, checked. */
export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: Partial<Status>;
  /** A JSON patch in base64. */
  readonly patch?: string;
  readonly patchType?: string;
  readonly auditAnnotations?: Readonly<Record<string, string>>;
  readonly warnings?: readonly string[];
}

interface AskedReview {
  readonly uid: string;
  /** "v1" or "v1beta1". */
  readonly version: string;
  readonly body: object;
}

interface ReviewInput {
  readonly attributes: AdmissionAttributes;
  readonly versioned: VersionedAttributes;
  readonly invocation: Invocation;
}

/** Throws HookFailure where the webhook knows no version that this server does. Upstream: …/request/admissionreview.go#CreateAdmissionObjects */
export function makeReview(uid: string, { attributes, versioned, invocation }: ReviewInput): AskedReview {
  const { webhook } = invocation.hook;
  const version = webhook.admissionReviewVersions.find((one) => VERSIONS.includes(one));
  if (version === undefined) {
    const why = `could not create admission objects: webhook does not accept known AdmissionReview versions (${VERSIONS.join(", ")})`;
    throw new HookFailure(webhook.name, why);
  }
  const request = {
    uid,
    ...requestOf({ attributes, versioned, apiVersion: invocation.apiVersion }),
    object: versioned.object ?? null,
    oldObject: versioned.oldObject ?? null,
  };
  return { uid, version, body: { kind: "AdmissionReview", apiVersion: `${GROUP}/${version}`, request } };
}

/** Throws an Error that says what is wrong with an answer. Upstream: …/request/admissionreview.go#VerifyAdmissionResponse */
export function readResponse(bytes: Uint8Array, asked: AskedReview, mutating: boolean): AdmissionResponse {
  const json = asJson(bytes);
  checkType(json, asked.version);
  const review = decodeObject(json, REVIEW).value as Review;
  const { response } = review;
  if (!response) throw new Error("webhook response was absent");
  if (asked.version === "v1") checkV1(review, asked, mutating);
  const { patch, patchType } = response;
  return {
    ...response,
    uid: response.uid ?? "",
    allowed: response.allowed ?? false,
    // Of the older version nothing is checked: a patch is what there is.
    ...(asked.version !== "v1" && patch && mutating ? { patchType: "JSONPatch" } : {}),
    ...(patchType === undefined ? {} : { patchType }),
  };
}

/** What is no JSON is read as YAML, because upstream's decoder knows no better. */
function asJson(bytes: Uint8Array): Uint8Array {
  try {
    decodeJson(bytes);
    return bytes;
  } catch (error) {
    if (!(error instanceof DecodeError) || error.reason !== "syntax") throw error;
    const { value } = yamlToJsonValue(bytes, { maxAliases: MAX_ALIASES, budget: new DecodeBudget() });
    return Buffer.from(encodeJson(value));
  }
}

const HOLDER = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;

/** Upstream: apimachinery/pkg/runtime/serializer/versioning/versioning.go#Decode, of the types that webhooks' clients know */
function checkType(json: Uint8Array, version: string): void {
  const { value } = decodeJson(json);
  if (!isObject(value))
    throw unreadable(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${goKind(value)} into Go value of type ${HOLDER}`,
    );
  const said = readTypeMeta(value);
  if (typeof said === "string") throw unreadable(said);
  const expected = { apiVersion: `${GROUP}/${version}`, kind: KIND };
  const meta = withDefaults(said, expected);
  if (meta.apiVersion === expected.apiVersion && meta.kind === expected.kind) return;
  if (!isKnown(meta)) throw unreadable(unregistered(meta));
  const type = `${versionOf(meta.apiVersion)}.${meta.kind}`;
  throw unreadable(`converting (${type}) to (${version}.${KIND}): unknown conversion`);
}

function isKnown({ apiVersion, kind }: TypeMeta): boolean {
  if (kind === KIND) return groupOf(apiVersion) === GROUP && VERSIONS.includes(versionOf(apiVersion));
  return kind === "Status" && apiVersion === "v1";
}

const unreadable = (message: string): DecodeError => new DecodeError("type", message);

function checkV1(review: Review, { uid }: AskedReview, mutating: boolean): void {
  const response = review.response!;
  if (response.uid !== uid)
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? "")}`);
  const { apiVersion = "", kind = "" } = review;
  if (apiVersion !== `${GROUP}/v1` || kind !== "AdmissionReview")
    throw new Error(
      `expected webhook response of ${GROUP}/v1, Kind=AdmissionReview, got ${printed(apiVersion)}, Kind=${kind}`,
    );
  if (mutating) checkPatch(response);
  else checkNoPatch(response);
}

/** As Go prints a group and a version. */
const printed = (apiVersion: string): string =>
  apiVersion.includes("/") || apiVersion === "" ? apiVersion || "/" : `/${apiVersion}`;

function checkPatch({ patch = "", patchType }: Partial<AdmissionResponse>): void {
  if (patch !== "" && patchType === undefined)
    throw new Error("webhook returned response.patch but not response.patchType");
  if (patch === "" && patchType !== undefined)
    throw new Error("webhook returned response.patchType but not response.patch");
  if (patchType === "") throw new Error('webhook returned invalid response.patchType of ""');
}

function checkNoPatch({ patch = "", patchType }: Partial<AdmissionResponse>): void {
  if (patch !== "") throw new Error("validating webhook may not return response.patch");
  if (patchType !== undefined) throw new Error("validating webhook may not return response.patchType");
}
