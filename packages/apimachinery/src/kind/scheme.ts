import { invariant } from "@dingi/base";
import { groupOf, versionOf, type AnyKind, type ReviewDefinition } from "./define-kind.ts";

/** The kinds that a server or client knows, by resource and by kind. */
export class Scheme {
  readonly #byResource = new Map<string, AnyKind>();
  readonly #byKind = new Map<string, AnyKind>();
  readonly #reviewByResource = new Map<string, ReviewDefinition>();
  readonly #reviewByKind = new Map<string, ReviewDefinition>();
  #kinds: readonly AnyKind[] = [];
  #reviews: readonly ReviewDefinition[] = [];

  constructor(kinds: readonly AnyKind[] = [], reviews: readonly ReviewDefinition[] = []) {
    for (const kind of kinds) this.register(kind);
    for (const review of reviews) this.registerReview(review);
  }

  get kinds(): readonly AnyKind[] {
    return this.#kinds;
  }

  get reviews(): readonly ReviewDefinition[] {
    return this.#reviews;
  }

  register(kind: AnyKind): void {
    for (const apiVersion of Object.keys(kind.versions)) {
      const key = `${apiVersion}/${kind.plural}`;
      invariant(!this.#byResource.has(key), `Resource "${key}" is registered twice`);
      this.#byResource.set(key, kind);
      this.#byKind.set(`${apiVersion}/${kind.kind}`, kind);
    }
    this.#kinds = [...this.#kinds, kind];
  }

  registerReview(review: ReviewDefinition): void {
    this.#reviewByResource.set(`${review.apiVersion}/${review.plural}`, review);
    this.#reviewByKind.set(`${review.apiVersion}/${review.kind}`, review);
    this.#reviews = [...this.#reviews, review];
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

  /** Every apiVersion that something is served in, core first, then by group name and version. */
  apiVersions(): string[] {
    const all = new Set<string>();
    for (const kind of this.#kinds) for (const apiVersion of Object.keys(kind.versions)) all.add(apiVersion);
    for (const review of this.#reviews) all.add(review.apiVersion);
    return [...all].sort((a, b) => groupOf(a).localeCompare(groupOf(b)) || versionOf(a).localeCompare(versionOf(b)));
  }
}
