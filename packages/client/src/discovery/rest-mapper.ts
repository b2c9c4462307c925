import { customKind, groupOf, versionOf, type AnyKind, type KindDefinition, type Verb } from "@dingi/apimachinery";
import { apiVersionOfResource, hasVerbs, type Served, type ServedResource } from "./served-resource.ts";

/**
 * What a server serves at one moment, by the names that people and objects use for it. Kinds of which a definition is at hand
 * are that definition; of others an object's metadata is typed and nothing else. A kind that is served before and after a
 * change is the same value. Upstream: client-go/restmapper/discovery.go
 */
export class RestMapper implements Served {
  readonly resources: readonly ServedResource[];
  readonly apiVersions: readonly string[];
  readonly #known: ReadonlyMap<string, AnyKind>;
  readonly #byKind = new Map<string, ServedResource>();
  /** By group and plural, what is asked for it: the group's first version. */
  readonly #preferred = new Map<string, ServedResource>();
  readonly #kinds: Map<string, KindDefinition>;

  /** @param before What was served before, by the same definitions. */
  constructor({ resources, apiVersions }: Served, known: readonly AnyKind[] = [], before?: RestMapper) {
    this.resources = resources;
    this.apiVersions = apiVersions;
    this.#known = before ? before.#known : byName(known);
    for (const resource of resources) {
      this.#byKind.set(`${apiVersionOfResource(resource)}/${resource.kind}`, resource);
      if (resource.preferred) this.#preferred.set(placeOf(resource), resource);
    }
    this.#kinds = new Map(before ? before.#kindsOf(resources) : []);
  }

  /** As if a server served just these. */
  static of(kinds: readonly AnyKind[]): RestMapper {
    const resources = kinds.flatMap((kind) =>
      Object.keys(kind.versions).map((apiVersion) => resourceOf(kind, apiVersion, apiVersion === kind.apiVersion)),
    );
    return new RestMapper({ resources, apiVersions: [...new Set(resources.map(apiVersionOfResource))] }, kinds);
  }

  /** By plural, singular, short name or kind, with ".group" or ".version.group" behind. */
  lookUp(text: string): ServedResource | undefined {
    const wanted = text.toLowerCase();
    const served = this.resources.filter((resource) => namesOf(resource).includes(wanted));
    return served.find((resource) => resource.preferred) ?? served[0];
  }

  inCategory(category: string): ServedResource[] {
    return this.resources.filter(
      (resource) => resource.preferred && resource.categories.includes(category) && resource.verbs.includes("list"),
    );
  }

  resourceOf(apiVersion: string, kind: string): ServedResource | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`);
  }

  /** By what an object says of itself, or another of it. Whichever version that is, the kind is the same. */
  kindOf(apiVersion: string, kind: string): KindDefinition | undefined {
    const resource = this.resourceOf(apiVersion, kind);
    return resource && this.#kind(this.#preferred.get(placeOf(resource)) ?? resource);
  }

  /** All with these verbs, each once, however many versions it has. */
  kindsWith(verbs: readonly Verb[]): ReadonlySet<KindDefinition> {
    const resources = [...this.#preferred.values()].filter((resource) => hasVerbs(resource, verbs));
    return new Set(resources.map((resource) => this.#kind(resource)));
  }

  *#kindsOf(resources: readonly ServedResource[]): Iterable<[string, KindDefinition]> {
    for (const identity of resources.map(identityOf)) {
      const kind = this.#kinds.get(identity);
      if (kind) yield [identity, kind];
    }
  }

  #kind(resource: ServedResource): KindDefinition {
    const known = this.#known.get(`${apiVersionOfResource(resource)}/${resource.plural}`);
    if (known?.kind === resource.kind) return known;
    const identity = identityOf(resource);
    let made = this.#kinds.get(identity);
    if (!made) this.#kinds.set(identity, (made = kindOfResource(resource)));
    return made;
  }
}

function byName(kinds: readonly AnyKind[]): ReadonlyMap<string, AnyKind> {
  return new Map(
    kinds.flatMap((kind) => Object.keys(kind.versions).map((apiVersion) => [`${apiVersion}/${kind.plural}`, kind])),
  );
}

const placeOf = ({ group, plural }: ServedResource): string => `${group}/${plural}`;

const identityOf = ({ group, version, kind, plural, namespaced, verbs }: ServedResource): string =>
  JSON.stringify([group, version, kind, plural, namespaced, verbs]);

function kindOfResource(resource: ServedResource): KindDefinition {
  const { kind, plural, singular, shortNames, categories, namespaced, verbs } = resource;
  return customKind({
    apiVersion: apiVersionOfResource(resource),
    kind,
    plural,
    singular,
    shortNames,
    categories,
    scope: namespaced ? "Namespaced" : "Cluster",
    verbs: verbs as readonly Verb[],
  });
}

function resourceOf(kind: AnyKind, apiVersion: string, preferred: boolean): ServedResource {
  const { group, plural, singular, shortNames, categories, scope, verbs } = kind;
  const inGroup = groupOf(apiVersion);
  return {
    group: inGroup,
    version: versionOf(apiVersion),
    kind: kind.kind,
    plural,
    singular,
    shortNames,
    categories,
    namespaced: scope === "Namespaced",
    verbs,
    preferred: preferred || inGroup !== group,
  };
}

function namesOf(resource: ServedResource): string[] {
  const names = [resource.plural, resource.singular, ...resource.shortNames, resource.kind.toLowerCase()];
  const qualified = names.flatMap((name) => [
    `${name}.${resource.group}`,
    `${name}.${resource.version}.${resource.group}`,
  ]);
  return resource.group === ""
    ? [...names, ...names.map((name) => `${name}.${resource.version}`)]
    : [...names, ...qualified];
}
