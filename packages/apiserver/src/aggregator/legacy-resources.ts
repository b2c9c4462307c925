/** A resource in the older form of discovery, where subresources are resources with a slash in their names. */
export interface LegacyResource {
  readonly name: string;
  readonly singularName?: string;
  readonly namespaced?: boolean;
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

/** A resource in the newer form. */
export interface AggregatedResource {
  readonly resource: string;
  readonly responseKind?: { readonly group?: string; readonly version?: string; readonly kind?: string };
  readonly scope?: string;
  readonly singularResource?: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly object[];
}

/** Upstream: apiserver/pkg/endpoints/installer.go#ConvertGroupVersionIntoToDiscovery */
export function aggregatedResources(resources: readonly LegacyResource[]): AggregatedResource[] {
  const parents = resources.filter(({ name }) => !name.includes("/"));
  return parents.map((parent) => ({
    ...described(parent),
    resource: parent.name,
    singularResource: parent.singularName ?? "",
    scope: parent.namespaced ? "Namespaced" : "Cluster",
    ...(parent.shortNames ? { shortNames: parent.shortNames } : {}),
    ...(parent.categories ? { categories: parent.categories } : {}),
    ...subresourcesOf(parent.name, resources),
  }));
}

function subresourcesOf(parent: string, resources: readonly LegacyResource[]): { subresources?: readonly object[] } {
  const own = resources
    .filter(({ name }) => name.startsWith(`${parent}/`))
    .map((resource) => ({ subresource: resource.name.slice(parent.length + 1), ...described(resource) }));
  return own.length > 0 ? { subresources: own } : {};
}

function described({ group = "", version = "", kind = "", verbs = [] }: LegacyResource) {
  return { responseKind: { group, version, kind }, verbs };
}
