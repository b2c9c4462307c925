import { builtinKinds } from "@dingi/api";
import { invariant } from "@dingi/base";
import type { Transport } from "@dingi/client";
import { CommandError } from "../command-error.ts";
import { at, listAt, textAt, type AnyObject, type Json } from "../json.ts";

export interface Resource {
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

const ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/** What the server serves, in its order. Upstream: client-go/discovery/discovery_client.go */
export class Discovery {
  readonly resources: readonly Resource[];
  /** Of all groups, also of those without resources. */
  readonly apiVersions: readonly string[];

  constructor(resources: readonly Resource[], apiVersions: readonly string[]) {
    this.resources = resources;
    this.apiVersions = apiVersions;
  }

  static async load(transport: Transport): Promise<Discovery> {
    const load = async (path: string) =>
      await transport.request({ method: "GET", path, query: new URLSearchParams(), accept: ACCEPT });
    const [core, groups] = await Promise.all([load("/api"), load("/apis")]);
    const served = [...listAt(core, "items"), ...listAt(groups, "items")];
    return new Discovery(served.flatMap(resourcesOf), served.flatMap(versionsOf));
  }

  /** By plural, singular, short name or kind, with ".group" or ".version.group" behind. */
  lookUp(text: string): Resource | undefined {
    const wanted = text.toLowerCase();
    const served = this.resources.filter((resource) => namesOf(resource).includes(wanted));
    return served.find((resource) => resource.preferred) ?? served[0];
  }

  /** As `lookUp`, for what must be there. */
  find(text: string): Resource {
    const found = this.lookUp(text);
    if (!found) throw new CommandError(`the server doesn't have a resource type "${text}"`);
    return found;
  }

  inCategory(category: string): Resource[] {
    return this.resources.filter(
      (resource) => resource.preferred && resource.categories.includes(category) && resource.verbs.includes("list"),
    );
  }

  /** What a manifest is of. */
  ofManifest({ object, source }: { readonly object: AnyObject; readonly source: string }): Resource {
    try {
      return this.byKind(object.apiVersion, object.kind);
    } catch (cause) {
      if (!(cause instanceof CommandError)) throw cause;
      const { name = "", namespace = "" } = object.metadata;
      throw new CommandError(
        `resource mapping not found for name: "${name}" namespace: "${namespace}" from "${source}": ${cause.message}`,
        { cause },
      );
    }
  }

  byKind(apiVersion: string, kind: string): Resource {
    const found = this.resources.find((resource) => apiVersionOf(resource) === apiVersion && resource.kind === kind);
    if (!found)
      throw new CommandError(
        `no matches for kind "${kind}" in version "${apiVersion}"\nensure CRDs are installed first`,
      );
    return found;
  }
}

/** Of a kind that every server of our release serves. */
export function builtinResource({ apiVersion, kind }: { apiVersion: string; kind: string }): Resource {
  const found = builtinKinds.find((each) => each.kind === kind && each.versions[apiVersion]);
  invariant(found !== undefined, `There is no built-in kind ${kind} in ${apiVersion}`);
  const { group, plural, scope } = found;
  return {
    group,
    version: apiVersion.slice(apiVersion.indexOf("/") + 1),
    kind,
    plural,
    singular: kind.toLowerCase(),
    shortNames: found.shortNames ?? [],
    categories: found.categories ?? [],
    namespaced: scope === "Namespaced",
    verbs: [],
    preferred: true,
  };
}

export function apiVersionOf({ group, version }: Pick<Resource, "group" | "version">): string {
  return group === "" ? version : `${group}/${version}`;
}

/** "pod", "deployment.apps": how output names a type. */
export function shownType({ singular, plural, group }: Resource): string {
  const name = singular || plural;
  return group === "" ? name : `${name}.${group}`;
}

/** "pods", "deployments.apps": how errors name a type. */
export function groupResource({ plural, group }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}

export function resourcePath(
  resource: Resource,
  key: { namespace?: string | undefined; name?: string; subresource?: string },
): string {
  const root = resource.group === "" ? "/api" : "/apis";
  const namespace = resource.namespaced && key.namespace ? `/namespaces/${encodeURIComponent(key.namespace)}` : "";
  const name = key.name === undefined ? "" : `/${encodeURIComponent(key.name)}`;
  return `${root}/${apiVersionOf(resource)}${namespace}/${resource.plural}${name}${key.subresource ? `/${key.subresource}` : ""}`;
}

function namesOf(resource: Resource): string[] {
  const names = [resource.plural, resource.singular, ...resource.shortNames, resource.kind.toLowerCase()];
  const qualified = names.flatMap((name) => [
    `${name}.${resource.group}`,
    `${name}.${resource.version}.${resource.group}`,
  ]);
  return resource.group === ""
    ? [...names, ...names.map((name) => `${name}.${resource.version}`)]
    : [...names, ...qualified];
}

function versionsOf(group: Json): string[] {
  const name = textAt(group, "metadata", "name");
  return listAt(group, "versions").map((version) => apiVersionOf({ group: name, version: textAt(version, "version") }));
}

function resourcesOf(group: Json): Resource[] {
  const name = textAt(group, "metadata", "name");
  const seen = new Set<string>();
  return listAt(group, "versions").flatMap((version) =>
    listAt(version, "resources").map((entry) =>
      toResource(entry, { group: name, version: textAt(version, "version"), seen }),
    ),
  );
}

function toResource(
  entry: Json,
  { group, version, seen }: { group: string; version: string; seen: Set<string> },
): Resource {
  const plural = textAt(entry, "resource");
  const preferred = !seen.has(plural);
  seen.add(plural);
  return {
    group,
    version,
    plural,
    preferred,
    kind: textAt(entry, "responseKind", "kind"),
    singular: textAt(entry, "singularResource"),
    shortNames: strings(at(entry, "shortNames")),
    categories: strings(at(entry, "categories")),
    namespaced: textAt(entry, "scope") === "Namespaced",
    verbs: strings(at(entry, "verbs")),
  };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
