import { type StatusError, V1Status, type ApiRequest, type ApiResponse, type StructSchema } from "@dingi/apimachinery";
import { readyIn } from "../cacher/ready.ts";
import type { Stored } from "../cacher/stored.ts";
import { negotiate, wantsPretty, type MediaType, type Negotiated, type NegotiateOptions, type View } from "./accept.ts";
import { encodeObject, encodeStored, partialMetadataOf, partialMetadataSchema } from "./encode.ts";
import { goTypeOf } from "./go-type.ts";
import { renderTable } from "./table.ts";
import { warningHeaders } from "./warning-headers.ts";

type Headers = Record<string, string | readonly string[]>;

export function negotiateRequest(request: ApiRequest, options: Omit<NegotiateOptions, "pretty"> = {}): Negotiated {
  const pretty = wantsPretty(request.query.get("pretty"), request.headers["user-agent"]);
  return negotiate(request.headers["accept"], { ...options, pretty });
}

/** Headers that every answer carries. */
export function commonHeaders(contentType: string, warnings: readonly string[] = []): Headers {
  return {
    "cache-control": "no-cache, private",
    "content-type": contentType,
    ...(warnings.length > 0 ? { warning: warningHeaders(warnings) } : {}),
  };
}

interface ObjectAnswer {
  readonly stored: Stored;
  readonly apiVersion: string;
  readonly status: number;
  readonly warnings: readonly string[];
  readonly nowMs: number;
}

const OBJECT_VIEWS: readonly View[] = ["Table", "PartialObjectMetadata"];

const noList = ({ kind }: Stored) => ({
  view: "PartialObjectMetadataList" as const,
  why: `you requested PartialObjectMetadataList, but the requested object is not a list (*${goTypeOf(kind)})`,
});

/** One stored object, in the shape that the client asked for. */
export async function respondStored(request: ApiRequest, answer: ObjectAnswer): Promise<ApiResponse> {
  const { stored, apiVersion, status, warnings } = answer;
  await readyIn(stored.kind, apiVersion, () => [stored]);
  if (request.wantsObjects) return { status, headers: {}, object: stored.inVersion(apiVersion) };
  const negotiated = negotiateRequest(request, {
    views: OBJECT_VIEWS,
    misfit: noList(stored),
    custom: stored.kind.custom,
  });
  return {
    status,
    headers: commonHeaders(negotiated.mediaType, warnings),
    body: encodeView(request, answer, negotiated),
  };
}

function encodeView(request: ApiRequest, answer: ObjectAnswer, negotiated: Negotiated): Uint8Array {
  const { stored, apiVersion, nowMs } = answer;
  if (negotiated.view === "Table") {
    const options = { viewVersion: negotiated.viewVersion, includeObject: includeObjectOf(request), nowMs, apiVersion };
    const metadata = stored.revision === 0 ? {} : { resourceVersion: String(stored.revision) };
    return encodeObject(renderTable(stored.kind, [stored], { ...options, metadata }), undefined, negotiated);
  }
  if (negotiated.view === "PartialObjectMetadata") {
    return encodeObject(partialMetadataOf(stored, negotiated.viewVersion), partialMetadataSchema, negotiated);
  }
  return encodeStored(stored, apiVersion, negotiated);
}

export function includeObjectOf(request: ApiRequest): "None" | "Metadata" | "Object" {
  const value = request.query.get("includeObject");
  return value === "None" || value === "Object" ? value : "Metadata";
}

interface PlainAnswer {
  readonly object: object;
  readonly schema: StructSchema;
  readonly status: number;
  readonly warnings?: readonly string[];
}

/** A review, a Scale or a Status. */
export function respondObject(request: ApiRequest, answer: PlainAnswer): ApiResponse {
  const { object, schema, status, warnings = [] } = answer;
  if (request.wantsObjects) return { status, headers: {}, object };
  const negotiated = negotiateRequest(request);
  return {
    status,
    headers: commonHeaders(negotiated.mediaType, warnings),
    body: encodeObject(object, schema, negotiated),
  };
}

/** A failure as a Status; in JSON when the client accepts nothing that we make. */
export function respondError(request: ApiRequest, error: StatusError, warnings: readonly string[] = []): ApiResponse {
  if (request.wantsObjects) return { status: error.code, headers: {}, object: error.status };
  const { mediaType, pretty } = acceptableOrJson(request);
  const retry = error.status.details?.retryAfterSeconds;
  const headers = { ...commonHeaders(mediaType, warnings), ...(retry ? { "retry-after": String(retry) } : {}) };
  return { status: error.code, headers, body: encodeObject(error.status, V1Status, { mediaType, pretty }) };
}

function acceptableOrJson(request: ApiRequest): { mediaType: MediaType; pretty: boolean } {
  try {
    return negotiateRequest(request);
  } catch {
    return { mediaType: "application/json", pretty: false };
  }
}

export function respondText(status: number, text: string, headers: Headers = {}): ApiResponse {
  return {
    status,
    headers: { ...commonHeaders("text/plain; charset=utf-8"), "x-content-type-options": "nosniff", ...headers },
    body: Buffer.from(text),
  };
}

export function respondJson(status: number, value: unknown, headers: Headers = {}): ApiResponse {
  return {
    status,
    headers: { ...commonHeaders("application/json"), ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}
