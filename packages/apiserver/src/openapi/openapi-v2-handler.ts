import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { ApiRequest, ApiResponse, Scheme } from "@dingi/apimachinery";
import { acceptsGzip } from "../negotiation/compress.ts";
import { acceptedTypes } from "../negotiation/accept.ts";
import { matchesEtag } from "./etag.ts";
import { openApiV2 } from "./openapi-v2.ts";
import { encodeOpenApiV2 } from "./openapi-v2-protobuf.ts";
import type { SwaggerParts } from "../aggregator/remote-openapi.ts";
import type { OpenApiOptions } from "./openapi-options.ts";

const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/** What is asked for, and what it is answered with; the first is preferred. */
const MEDIA_TYPES: readonly (readonly [asked: string, answered: string])[] = [
  [JSON_TYPE, JSON_TYPE],
  ["application/com.github.proto-openapi.spec.v2@v1.0+protobuf", PROTOBUF_TYPE],
  [PROTOBUF_TYPE, PROTOBUF_TYPE],
];

const VARY = ["Accept-Encoding", "Accept"];
const gzipAsync = promisify(gzip);

/** One document in its forms, each made when first asked for. */
class Document {
  readonly #json: Uint8Array;
  #protobuf: Uint8Array | undefined;
  readonly #zipped = new Map<string, Promise<Uint8Array>>();
  readonly scheme: Scheme;
  readonly remote: SwaggerParts | undefined;
  readonly etag: string;
  readonly lastModified: string;

  constructor(scheme: Scheme, remote: SwaggerParts | undefined, { version, clock }: OpenApiOptions) {
    this.scheme = scheme;
    this.remote = remote;
    this.#json = Buffer.from(JSON.stringify(withParts(openApiV2(scheme, version), remote)));
    this.etag = `"${createHash("sha512").update(this.#json).digest("hex").toUpperCase()}"`;
    this.lastModified = new Date(clock.now()).toUTCString();
  }

  plain(mediaType: string): Uint8Array {
    if (mediaType === JSON_TYPE) return this.#json;
    return (this.#protobuf ??= encodeOpenApiV2(
      JSON.parse(Buffer.from(this.#json).toString()) as Record<string, unknown>,
    ));
  }

  zipped(mediaType: string): Promise<Uint8Array> {
    let made = this.#zipped.get(mediaType);
    if (!made) this.#zipped.set(mediaType, (made = gzipAsync(this.plain(mediaType))));
    return made;
  }
}

/** `/openapi/v2`. Upstream: kube-openapi/pkg/handler/handler.go */
export class OpenApiV2Handler {
  readonly #options: OpenApiOptions;
  #document: Document | undefined;

  constructor(options: OpenApiOptions) {
    this.#options = options;
  }

  async handle({ request }: { readonly request: ApiRequest }): Promise<ApiResponse> {
    const mediaType = mediaTypeOf(request.headers["accept"]);
    if (mediaType === undefined) return { status: 406, headers: { "cache-control": "no-cache, private", vary: VARY } };
    const document = this.#current(await this.#options.remote?.swagger());
    const common = { "cache-control": "no-cache, private", etag: document.etag, vary: VARY };
    if (matchesEtag(request.headers["if-none-match"], document.etag)) return { status: 304, headers: common };
    const headers = { ...common, "content-type": mediaType, "last-modified": document.lastModified };
    if (!acceptsGzip(request.headers["accept-encoding"]))
      return { status: 200, headers, body: document.plain(mediaType) };
    const body = await document.zipped(mediaType);
    return { status: 200, headers: { ...headers, "content-encoding": "gzip" }, body };
  }

  /** Made anew when it is asked for after what is served has changed, and not at each change. */
  #current(remote: SwaggerParts | undefined): Document {
    const { scheme } = this.#options.kinds;
    const isSame = this.#document?.scheme === scheme && this.#document.remote?.id === remote?.id;
    if (!isSame) this.#document = new Document(scheme, remote, this.#options);
    return this.#document!;
  }
}

/** Differs: where two servers have different definitions of a name, upstream gives one of them another. */
function withParts(own: Record<string, unknown>, remote: SwaggerParts | undefined): Record<string, unknown> {
  if (!remote || remote.documents.length === 0) return own;
  const merge = (field: "paths" | "definitions") => {
    const all = [...remote.documents.map((document) => document[field]), own[field] as object];
    return Object.fromEntries(Object.entries(Object.assign({}, ...all) as object).sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return { ...own, paths: merge("paths"), definitions: merge("definitions") };
}

function mediaTypeOf(accept: string | undefined): string | undefined {
  for (const wanted of acceptedTypes(accept)) {
    const found = MEDIA_TYPES.find(([asked]) => matches(wanted, asked));
    if (found) return found[1];
  }
  return undefined;
}

function matches(wanted: string, type: string): boolean {
  return wanted === type || wanted === "*/*" || (wanted.endsWith("/*") && type.startsWith(wanted.slice(0, -1)));
}
