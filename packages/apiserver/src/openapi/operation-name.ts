import { groupOf, versionOf } from "@dingi/apimachinery";

/** What tells one operation from all others. */
interface OperationPlace {
  readonly apiVersion: string;
  /** "/api/v1/namespaces/{namespace}/pods/{name}/log" */
  readonly path: string;
  /** "get" */
  readonly method: string;
  /** "list", "connect" and so on. */
  readonly action: string;
  /** Of the path's objects, whatever is sent and answered there; "PodForAllNamespaces" where they are of all. */
  readonly kind: string;
}

const WORDS: Readonly<Record<string, string>> = {
  get: "read",
  list: "list",
  post: "create",
  put: "replace",
  patch: "patch",
  delete: "delete",
  deletecollection: "delete",
  connect: "connect",
};

/**
 * Under this name clients that are generated call it: `listCoreV1NamespacedPod`.
 * Upstream: apiserver/pkg/endpoints/openapi/openapi.go#GetOperationIDAndTags
 */
export function operationId(place: OperationPlace): string {
  const { apiVersion, path, method, action, kind } = place;
  const namespaced = path.includes("/namespaces/{namespace}/");
  const [, subresource] = path.split("/{name}/");
  const object = (action === "deletecollection" ? "Collection" : "") + (namespaced ? "Namespaced" : "") + kind;
  return [
    WORDS[action]!,
    ...tagOf(apiVersion).split("_").map(capitalized),
    action === "connect" ? capitalized(method) : "",
    object,
    ...(subresource ?? "").split("/").map(wordOf),
  ].join("");
}

/** "core_v1": by it generated clients are grouped. */
export function tagOf(apiVersion: string): string {
  const group = groupOf(apiVersion).replace(/\.k8s\.io$/, "");
  const name = group
    .split(".")
    .map((part, i) => (i === 0 ? part : capitalized(part)))
    .join("");
  return `${name === "" ? "core" : name}_${versionOf(apiVersion)}`;
}

const capitalized = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

const wordOf = (segment: string): string => (segment.startsWith("{") ? "WithPath" : capitalized(segment));
