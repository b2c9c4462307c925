import type { V1OwnerReference } from "@dingi/apimachinery";

const MAX = 500;

/**
 * Owners of which it is known that they are gone: a uid never comes back. Of many dependents only the first has to ask. An
 * owner is known by all that is said of it, so that a false reference tells nothing about the true owner.
 * Upstream: pkg/controller/garbagecollector/uid_cache.go
 */
export class AbsentOwners {
  readonly #known = new Set<string>();

  add(owner: V1OwnerReference, namespace: string): void {
    const key = keyOf(owner, namespace);
    this.#known.delete(key);
    this.#known.add(key);
    if (this.#known.size > MAX) for (const oldest of [...this.#known].slice(0, MAX / 2)) this.#known.delete(oldest);
  }

  has(owner: V1OwnerReference, namespace: string): boolean {
    return this.#known.has(keyOf(owner, namespace));
  }
}

function keyOf({ apiVersion, kind, name, uid }: V1OwnerReference, namespace: string): string {
  return JSON.stringify([apiVersion, kind, namespace, name, uid]);
}
