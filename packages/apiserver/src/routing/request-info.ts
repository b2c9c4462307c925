import { apiVersionOf, isPathSegmentName, parseFieldSelector } from "@dingi/apimachinery";
import { own } from "@dingi/base";

export type RequestVerb =
  | "get"
  | "list"
  | "watch"
  | "create"
  | "update"
  | "patch"
  | "delete"
  | "deletecollection"
  | "proxy";

/** What a request asks for, read from its method, path and query alone. */
export type RequestInfo = ResourceRequest | NonResourceRequest;

export interface NonResourceRequest {
  readonly isResource: false;
  /** The decoded path. */
  readonly path: string;
  /** The lower-case HTTP method. */
  readonly verb: string;
}

export interface ResourceRequest {
  readonly isResource: true;
  readonly path: string;
  readonly verb: RequestVerb;
  readonly group: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** What follows the subresource: the path of a proxied request, without a leading slash. */
  readonly rest: string;
}

const NAMESPACE_SUBRESOURCES = new Set(["status", "finalize"]);
const VERBS: Readonly<Record<string, RequestVerb>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/**
 * Upstream: apiserver/pkg/endpoints/request/requestinfo.go#NewRequestInfo
 *
 * Throws URIError when a path segment is not valid percent-encoding.
 */
export function parseRequestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const segments = split(path);
  const decoded = decode(path);
  const root = segments[0];
  const head = root === "api" ? 2 : 3;
  if ((root !== "api" && root !== "apis") || segments.length <= head)
    return { isResource: false, path: decoded, verb: method.toLowerCase() };
  const group = root === "api" ? "" : segments[1]!;
  const version = segments[head - 1]!;
  let parts = segments.slice(head);
  let verb = own(VERBS, method) ?? ("" as RequestVerb);
  const watchPrefix = parts[0] === "watch" && parts.length > 1;
  if (watchPrefix) parts = parts.slice(1);
  const where = locate(parts);
  if (watchPrefix && verb === "get") verb = "watch";
  else verb = collectionVerb(verb, where.name, query);
  const isSelection = where.name === "" && (verb === "list" || verb === "watch");
  const name = isSelection ? nameFromFieldSelector(query) : where.name;
  return {
    isResource: true,
    path: decoded,
    verb,
    group,
    version,
    apiVersion: apiVersionOf(group, version),
    ...where,
    name,
  };
}

function split(path: string): string[] {
  const segments: string[] = [];
  for (const segment of path.split("/")) if (segment !== "") segments.push(decode(segment));
  return segments;
}

function decode(text: string): string {
  return text.includes("%") ? decodeURIComponent(text) : text;
}

interface Location {
  readonly namespace: string;
  readonly resource: string;
  readonly name: string;
  readonly subresource: string;
  readonly rest: string;
}

function locate(parts: readonly string[]): Location {
  if (parts[0] === "namespaces" && parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2]!)) {
    return place(parts[1]!, parts.slice(2));
  }
  const namespace = parts[0] === "namespaces" ? (parts[1] ?? "") : "";
  return place(namespace, parts);
}

function place(namespace: string, parts: readonly string[]): Location {
  const [resource = "", name = "", subresource = ""] = parts;
  return { namespace, resource, name, subresource, rest: parts.length > 3 ? parts.slice(3).join("/") : "" };
}

function collectionVerb(verb: RequestVerb, name: string, query: URLSearchParams): RequestVerb {
  if (name !== "") return verb;
  if (verb === "delete") return "deletecollection";
  if (verb !== "get") return verb;
  return isTrue(query.get("watch")) ? "watch" : "list";
}

/**
 * A collection narrowed to one name is authorized for that name: read as the list reads it, or whoever may list one object
 * lists them all. A selector that cannot be read narrows nothing, and is refused later.
 */
function nameFromFieldSelector(query: URLSearchParams): string {
  const text = query.get("fieldSelector");
  if (!text) return "";
  try {
    const name = parseFieldSelector(text).requiresExactMatch("metadata.name") ?? "";
    return isPathSegmentName(name).length === 0 ? name : "";
  } catch {
    return "";
  }
}

/** Only what is absent, "0" and "false" are not. Upstream: apimachinery/pkg/runtime/conversion.go#Convert_Slice_string_To_bool */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}
