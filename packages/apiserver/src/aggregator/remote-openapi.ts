import { createHash } from "node:crypto";
import { LruMap, type Clock } from "@dingi/base";
import { textOf } from "./answer-text.ts";
import type { Backends } from "./backends.ts";
import type { RemoteApi, RemoteApis } from "./remote-apis.ts";
import { AGGREGATOR, identityHeaders } from "./remote-identity.ts";

interface RemoteOpenApiOptions {
  readonly apis: RemoteApis;
  readonly backends: Backends;
  readonly clock: Clock;
}

type Json = Record<string, unknown>;

/** An OpenAPI document of the second version, as much of it as is merged. */
interface SwaggerDocument extends Json {
  readonly paths?: Json;
  readonly definitions?: Json;
}

export interface SwaggerParts {
  /** Another one when the documents are. */
  readonly id: string;
  readonly documents: readonly SwaggerDocument[];
}

const TIMEOUT_MS = 5000;
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_KNOWN = 64;
/** For so long what a server said is not asked again. Upstream: kube-aggregator/pkg/controllers/openapiv3/controller.go */
const FRESH_MS = 60_000;

interface Known {
  readonly text: string;
  readonly untilMs: number;
}

/** What other servers' schemas are: of each version its own document, and their part of the one of all. Upstream: kube-aggregator/pkg/controllers/openapi, …/openapiv3 */
export class RemoteOpenApi {
  readonly #options: RemoteOpenApiOptions;
  readonly #known = new LruMap<string, Known>(MAX_KNOWN);
  #parts: SwaggerParts | undefined;

  constructor(options: RemoteOpenApiOptions) {
    this.#options = options;
  }

  /** By the paths of the index ("apis/example.org/v1"): where the document is, whose hash is that of its content. What cannot be asked is left out. */
  async index(): Promise<Readonly<Record<string, { readonly serverRelativeURL: string }>>> {
    const entries = await Promise.all(
      [...this.#options.apis.all.values()].map(async (api) => {
        const path = documentPath(api);
        const text = await this.document(path);
        const hash = text && createHash("sha512").update(text).digest("hex").toUpperCase();
        return hash ? [[path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const] : [];
      }),
    );
    return Object.fromEntries(entries.flat());
  }

  /** Undefined for what is no other server's, or cannot be asked. */
  async document(path: string): Promise<string | undefined> {
    const api = [...this.#options.apis.all.values()].find((one) => documentPath(one) === path);
    return api && (await this.#get(api, `/openapi/v3/${path}`));
  }

  /** What of the servers' documents of all versions is of those that they are registered for. */
  async swagger(): Promise<SwaggerParts> {
    const texts = await Promise.all(
      [...this.#options.apis.all.values()].map(async (api) => {
        const text = await this.#get(api, "/openapi/v2");
        return text === undefined ? [] : [{ prefix: `/${documentPath(api)}/`, text }];
      }),
    );
    const hash = createHash("sha256");
    for (const { prefix, text } of texts.flat()) hash.update(prefix).update(text);
    const id = hash.digest("base64");
    if (this.#parts?.id !== id)
      this.#parts = {
        id,
        documents: texts.flat().flatMap(({ prefix, text }) => {
          const document = parsed(text);
          return document ? [partOf(document, prefix)] : [];
        }),
      };
    return this.#parts;
  }

  async #get(api: RemoteApi, path: string): Promise<string | undefined> {
    const { backends, clock } = this.#options;
    if (!api.isAvailable) return undefined;
    const key = JSON.stringify([api.service, path]);
    const known = this.#known.get(key);
    if (known && known.untilMs > clock.monotonic()) return known.text;
    const late = new AbortController();
    using _timer = clock.timer(TIMEOUT_MS, () => late.abort(new Error("It took too long")));
    const headers = { ...identityHeaders(AGGREGATOR), accept: "application/json" };
    try {
      const answer = await backends.send(api, { method: "GET", path, headers, signal: late.signal });
      const text = await textOf(answer, MAX_BYTES);
      if (answer.statusCode !== 200) return known?.text;
      this.#known.set(key, { text, untilMs: clock.monotonic() + FRESH_MS });
      return text;
    } catch {
      // Its schemas are missing as long as it does not answer; what it last said is better.
      return known?.text;
    }
  }
}

/** Undefined for what is no document. */
function parsed(text: string): SwaggerDocument | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? (value as SwaggerDocument) : undefined;
  } catch {
    return undefined;
  }
}

function documentPath({ group, version }: Pick<RemoteApi, "group" | "version">): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

function partOf({ paths = {}, definitions = {} }: SwaggerDocument, prefix: string): SwaggerDocument {
  const own = Object.entries(paths).filter(([path]) => path === prefix.slice(0, -1) || path.startsWith(prefix));
  const used = new Set<string>();
  const walk = (value: unknown): void => {
    for (const [, name] of JSON.stringify(value).matchAll(REFERENCE)) {
      if (name === undefined || used.has(name) || !Object.hasOwn(definitions, name)) continue;
      used.add(name);
      walk(definitions[name]);
    }
  };
  walk(own);
  return {
    paths: Object.fromEntries(own),
    definitions: Object.fromEntries([...used].map((name) => [name, definitions[name]])),
  };
}

const REFERENCE = /"\$ref":"#\/definitions\/([^"]+)"/g;
