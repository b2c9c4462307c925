import { apiVersionOf, type Verb } from "@dingi/apimachinery";

/** A resource as discovery tells of it, in one version. */
export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** False for other than the group's first version. */
  readonly preferred: boolean;
}

export const apiVersionOfResource = ({ group, version }: Pick<ServedResource, "group" | "version">): string =>
  apiVersionOf(group, version);

export const hasVerbs = ({ verbs }: Pick<ServedResource, "verbs">, wanted: readonly Verb[]): boolean =>
  wanted.every((verb) => verbs.includes(verb));

/** What one document of discovery tells. */
export interface Served {
  readonly resources: readonly ServedResource[];
  /** Of all groups, also of those without resources. */
  readonly apiVersions: readonly string[];
}

interface ApiGroup {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly ApiVersion[];
}

interface ApiVersion {
  readonly version?: string;
  readonly resources?: readonly ApiResource[];
}

interface ApiResource {
  readonly resource?: string;
  readonly responseKind?: { readonly kind?: string };
  readonly scope?: string;
  readonly singularResource?: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

/** Whoever asks for this is told of all groups, versions and resources at once. Upstream: client-go/discovery/aggregated_discovery.go */
export const AGGREGATED_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** In the server's order. What the document lacks is empty here: other servers leave out what they like. */
export function readServed(document: unknown): Served {
  const groups = (document as { items?: readonly ApiGroup[] } | undefined)?.items ?? [];
  return {
    resources: groups.flatMap(resourcesOf),
    apiVersions: groups.flatMap((group) =>
      (group.versions ?? []).map(({ version = "" }) => apiVersionOf(nameOf(group), version)),
    ),
  };
}

const nameOf = ({ metadata }: ApiGroup): string => metadata?.name ?? "";

function resourcesOf(group: ApiGroup): ServedResource[] {
  const seen = new Set<string>();
  return (group.versions ?? []).flatMap(({ version = "", resources = [] }) =>
    resources.map((entry) => {
      const { resource: plural = "", verbs = [], shortNames = [], categories = [] } = entry;
      const preferred = !seen.has(plural);
      seen.add(plural);
      return {
        group: nameOf(group),
        version,
        plural,
        preferred,
        kind: entry.responseKind?.kind ?? "",
        singular: entry.singularResource ?? "",
        shortNames,
        categories,
        namespaced: entry.scope === "Namespaced",
        verbs,
      };
    }),
  );
}
