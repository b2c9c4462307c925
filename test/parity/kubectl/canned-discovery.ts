import { readFileSync } from "node:fs";
import { join } from "node:path";
import { own } from "@dingi/base";
import type { Json } from "./world.ts";

interface DiscoveredResource {
  readonly resource: string;
  readonly scope: string;
  readonly responseKind: { readonly kind: string };
  readonly verbs: readonly string[];
}

interface DiscoveredGroup {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly { readonly version: string; readonly resources?: readonly DiscoveredResource[] }[];
}

/** As upstream's API server of our release answers. */
const DISCOVERY = JSON.parse(readFileSync(join(import.meta.dirname, "discovery.json"), "utf8")) as Record<
  "api" | "apis",
  { readonly items: readonly DiscoveredGroup[] }
>;
/** What is served under a path of discovery or OpenAPI; undefined for other paths. */
export function describeApi(path: string): Json | undefined {
  if (path === "/api" || path === "/apis") return { ...DISCOVERY[path.slice(1) as "api" | "apis"] };
  return path.startsWith("/openapi/v3") ? openApi(path) : resourceList(path);
}

/** The resource that a path's words mean, if it is served. */
export function servedResource(group: string, version: string, resource: string): DiscoveredResource | undefined {
  return [...DISCOVERY.api.items, ...DISCOVERY.apis.items]
    .find(({ metadata }) => (metadata.name ?? "") === group)
    ?.versions.find((each) => each.version === version)
    ?.resources?.find((each) => each.resource === resource);
}

/** The older form of discovery, of one version: "/apis/apps/v1". */
function resourceList(path: string): Json | undefined {
  const match = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path);
  const group = [...DISCOVERY.api.items, ...DISCOVERY.apis.items].find(
    ({ metadata }) => (metadata.name ?? "") === (match?.[1] ?? ""),
  );
  const version = group?.versions.find((each) => each.version === match?.[2]);
  if (!match || !version) return undefined;
  const resources = (version.resources ?? []).map(({ resource, scope, responseKind, verbs }) => ({
    name: resource,
    namespaced: scope === "Namespaced",
    kind: responseKind.kind,
    verbs,
  }));
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: path.replace(/^\/apis?\//, ""), resources };
}

/** Versions and kinds as clients look for them, and hardly any fields. Undefined for what there is not. */
function openApi(path: string): Json | undefined {
  const documents = Object.fromEntries(
    [...DISCOVERY.api.items, ...DISCOVERY.apis.items].flatMap(({ metadata, versions }) =>
      versions.map(({ version, resources = [] }) => {
        const group = metadata.name ?? "";
        const name = group === "" ? `api/${version}` : `apis/${group}/${version}`;
        return [name, openApiDocument({ group, version, name, resources })];
      }),
    ),
  );
  if (path === "/openapi/v3")
    return {
      paths: Object.fromEntries(
        Object.keys(documents).map((name) => [name, { serverRelativeURL: `/openapi/v3/${name}?hash=1` }]),
      ),
    };
  return own(documents, path.slice("/openapi/v3/".length));
}

function openApiDocument({
  group,
  version,
  name,
  resources,
}: {
  group: string;
  version: string;
  name: string;
  resources: readonly DiscoveredResource[];
}): Json {
  const paths: Json = {};
  const schemas: Json = {};
  for (const { resource, scope, responseKind } of resources) {
    const gvk = { group, version, kind: responseKind.kind };
    const place = scope === "Namespaced" ? "namespaces/{namespace}/" : "";
    const parameters = ["dryRun", "fieldManager", "fieldValidation"].map((each) => ({
      name: each,
      in: "query",
      schema: { type: "string" },
    }));
    const operation = { parameters, responses: {}, "x-kubernetes-group-version-kind": gvk };
    paths[`/${name}/${place}${resource}/{name}`] = { get: operation, patch: operation };
    schemas[`${group}.${version}.${responseKind.kind}`] = {
      type: "object",
      description: `A ${responseKind.kind}.`,
      properties: { kind: { type: "string", description: "What it is." } },
      "x-kubernetes-group-version-kind": [gvk],
    };
  }
  return { openapi: "3.0.0", info: { title: "Kubernetes", version: "v1.37.1" }, paths, components: { schemas } };
}
