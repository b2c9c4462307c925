import { invariant } from "@dingi/base";
import { servedVersions } from "./kind-in-version.ts";
import { groupOf, versionOf, type AnyKind, type ReviewDefinition } from "./define-kind.ts";

/** What is served in one apiVersion. The same value in every generation in which nothing of it changed: what is made of it can be kept with it. */
export interface ServedVersion {
  readonly apiVersion: string;
  readonly kinds: readonly AnyKind[];
  readonly reviews: readonly ReviewDefinition[];
}

/** The kinds that a server or client knows at one moment, by resource and by kind. A change makes another one. */
export class Scheme {
  readonly kinds: readonly AnyKind[];
  readonly reviews: readonly ReviewDefinition[];
  readonly #versions: ReadonlyMap<string, ServedVersion>;
  readonly #byResource = new Map<string, AnyKind>();
  readonly #byKind = new Map<string, AnyKind>();
  readonly #reviewByResource = new Map<string, ReviewDefinition>();
  readonly #reviewByKind = new Map<string, ReviewDefinition>();
  readonly #groups: ReadonlySet<string>;

  /** @param before An earlier one, with which it shares the versions that are as they were. */
  constructor(kinds: readonly AnyKind[] = [], reviews: readonly ReviewDefinition[] = [], before?: Scheme) {
    this.kinds = kinds;
    this.reviews = reviews;
    for (const kind of kinds) this.#addKind(kind);
    for (const review of reviews) this.#addReview(review);
    this.#versions = collectVersions(kinds, reviews, before);
    this.#groups = new Set([...kinds.filter(({ custom }) => !custom), ...reviews].map(({ group }) => group));
  }

  /** Throws when a resource or a kind of the name is known already. */
  with(kind: AnyKind): Scheme {
    return new Scheme([...this.kinds, kind], this.reviews, this);
  }

  without(kind: AnyKind): Scheme {
    return new Scheme(
      this.kinds.filter((one) => one !== kind),
      this.reviews,
      this,
    );
  }

  /** With another kind in a kind's place. */
  replacing(kind: AnyKind, next: AnyKind): Scheme {
    return new Scheme(
      this.kinds.map((one) => (one === kind ? next : one)),
      this.reviews,
      this,
    );
  }

  byResource(apiVersion: string, plural: string): AnyKind | undefined {
    return this.#byResource.get(`${apiVersion}/${plural}`);
  }

  byKind(apiVersion: string, kind: string): AnyKind | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`);
  }

  reviewByResource(apiVersion: string, plural: string): ReviewDefinition | undefined {
    return this.#reviewByResource.get(`${apiVersion}/${plural}`);
  }

  reviewByKind(apiVersion: string, kind: string): ReviewDefinition | undefined {
    return this.#reviewByKind.get(`${apiVersion}/${kind}`);
  }

  /** Whether the group has kinds with a type of Go: in such a group, what is not served is missed by the group's own API. */
  hasTypedGroup(group: string): boolean {
    return this.#groups.has(group);
  }

  version(apiVersion: string): ServedVersion | undefined {
    return this.#versions.get(apiVersion);
  }

  /** Every version that something is served in, core first, then by group name and version. */
  get versions(): Iterable<ServedVersion> {
    return this.#versions.values();
  }

  /** The names of `versions`. */
  apiVersions(): string[] {
    return [...this.#versions.keys()];
  }

  #addKind(kind: AnyKind): void {
    for (const apiVersion of servedVersions(kind)) {
      addNew(this.#byResource, `${apiVersion}/${kind.plural}`, kind);
      addNew(this.#byKind, `${apiVersion}/${kind.kind}`, kind);
    }
  }

  #addReview(review: ReviewDefinition): void {
    if (review.plural !== "") addNew(this.#reviewByResource, `${review.apiVersion}/${review.plural}`, review);
    addNew(this.#reviewByKind, `${review.apiVersion}/${review.kind}`, review);
  }
}

function addNew<T>(map: Map<string, T>, key: string, value: T): void {
  invariant(!map.has(key), `"${key}" is served twice`);
  map.set(key, value);
}

function collectVersions(
  kinds: readonly AnyKind[],
  reviews: readonly ReviewDefinition[],
  before: Scheme | undefined,
): ReadonlyMap<string, ServedVersion> {
  const collected = new Map<string, { kinds: AnyKind[]; reviews: ReviewDefinition[] }>();
  const of = (apiVersion: string) => {
    const known = collected.get(apiVersion) ?? { kinds: [], reviews: [] };
    collected.set(apiVersion, known);
    return known;
  };
  for (const kind of kinds) for (const apiVersion of servedVersions(kind)) of(apiVersion).kinds.push(kind);
  for (const review of reviews) of(review.apiVersion).reviews.push(review);
  const sorted = [...collected].sort(
    ([a], [b]) => byText(groupOf(a), groupOf(b)) || byText(versionOf(a), versionOf(b)),
  );
  return new Map(
    sorted.map(([apiVersion, own]) => {
      const known = before?.version(apiVersion);
      const isSame = known && sameItems(known.kinds, own.kinds) && sameItems(known.reviews, own.reviews);
      return [apiVersion, isSame ? known : { apiVersion, ...own }];
    }),
  );
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const sameItems = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);
