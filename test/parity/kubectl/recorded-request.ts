import type { IncomingHttpHeaders } from "node:http";
import { builtinKinds, builtinReviews } from "@dingi/api";
import { canonicalize, decodeEnvelope, decodeProtobuf, type StructSchema } from "@dingi/apimachinery";
import type { Asked } from "./canned-answers.ts";

/** A request as data: without what only says who asks, and when. */
export interface RecordedRequest {
  /** "GET /api/v1/pods", "GET /api/v1/namespaces/default/pods/web/exec (WebSocket)" */
  readonly do: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The headers that a server acts on, and those that tell it what runs. */
const HEADERS = [
  "accept",
  "content-type",
  "kubectl-command",
  "kubectl-session",
  "sec-websocket-protocol",
  "x-stream-protocol-version",
];
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
/** JSON, and whatever else. */
const JSON_WISH = /^(application\/json(, ?(\*\/\*|application\/json))?|\*\/\*)$/;
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

export function recordedRequest(
  {
    method = "",
    url = "",
    headers,
  }: { method?: string | undefined; url?: string | undefined; headers: IncomingHttpHeaders },
  bytes: Uint8Array,
): { asked: Asked; recorded: RecordedRequest } {
  const { pathname: path, searchParams: query } = new URL(url, "https://server");
  const body = bytes.length === 0 ? undefined : decode(bytes, headers["content-type"] ?? "");
  const kept = headersOf(headers);
  const asked = {
    method,
    path,
    query,
    accept: headers.accept ?? "",
    contentType: headers["content-type"] ?? "",
    body,
  };
  const how = headers.upgrade === undefined ? "" : ` (${headers.upgrade})`;
  const recorded = {
    do: `${method} ${path}${how}`,
    ...(query.size === 0 ? {} : { query: queryOf(query) }),
    ...(Object.keys(kept).length === 0 ? {} : { headers: kept }),
    ...(body === undefined ? {} : { body: sparse(normalized(body), method) }),
  };
  return { asked, recorded };
}

/** Upstream speaks protobuf where it has the type, ours always JSON: what is said is compared. */
const PROTOBUF = "application/vnd.kubernetes.protobuf";

function decode(bytes: Uint8Array, type: string): unknown {
  if (type !== PROTOBUF) return parse(Buffer.from(bytes).toString());
  const { apiVersion, kind, raw } = decodeEnvelope(bytes);
  const schema = schemaOf(apiVersion, kind);
  return { apiVersion, kind, ...canonicalize(schema, decodeProtobuf(schema, raw)) };
}

function schemaOf(apiVersion: string, kind: string): StructSchema {
  const builtin = builtinKinds.find((each) => each.kind === kind && each.versions[apiVersion]);
  const schema = builtin?.versions[apiVersion]?.schema ?? builtinReviews.find((each) => each.kind === kind)?.schema;
  if (!schema) throw new Error(`There is no schema of ${apiVersion} ${kind}`);
  return schema;
}

/** Of what is made, empty values say nothing; Go sends some that have no "omitempty". In a patch they say a lot. */
function sparse(value: unknown, method: string): unknown {
  if (method !== "POST" && method !== "PUT" && !Array.isArray(value)) return value;
  if (Array.isArray(value)) return withoutEmpty(value);
  const kept = (withoutEmpty(value) ?? {}) as Record<string, unknown>;
  // A question has no answer yet.
  if (String(kept["kind"]).endsWith("Review")) delete kept["status"];
  return kept;
}

function withoutEmpty(value: unknown): unknown {
  if (value === null || value === "") return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((each) => withoutEmpty(each) ?? {});
  if (typeof value !== "object") return value;
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const found: unknown = withoutEmpty(inner);
    return found === undefined ? [] : [[key, found] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function queryOf(query: URLSearchParams): Record<string, string | string[]> {
  const names = [...new Set(query.keys())].sort();
  return Object.fromEntries(
    names.map((name) => {
      const values = query.getAll(name).map((value) => masked(name, value));
      return [name, values.length === 1 ? values[0]! : values];
    }),
  );
}

/** How long a watch lasts and the order of a field selector are left to chance. */
function masked(name: string, value: string): string {
  if (name === "fieldSelector") return value.split(",").sort().join();
  return name === "timeoutSeconds" ? "SECONDS" : value;
}

function headersOf(headers: IncomingHttpHeaders): Record<string, string> {
  const names = Object.keys(headers).filter((name) => HEADERS.includes(name) || name.startsWith("impersonate-"));
  const token = headers.authorization === "Bearer known" ? [] : [["authorization", headers.authorization ?? "absent"]];
  return Object.fromEntries([
    ...token,
    ...names.sort().flatMap((name) => {
      const value = String(headers[name]).replaceAll(PROTOBUF, "application/json").replace(UUID, "UUID");
      return JSON_WISH.test(value) ? [] : [[name, value]];
    }),
  ]);
}

/** Without times; the configuration that was applied last is text on the wire, and compared as what it says. */
function normalized(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalized);
  if (typeof value === "string") return value.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/, "TIME");
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, key === LAST_APPLIED ? normalized(parse(String(inner))) : normalized(inner)]),
  );
}
