import type { V1OwnerReference } from "@dingi/apimachinery";

/** Objects with owners of kinds that nobody serves: of them nothing can be said until somebody does. */
export class UnknownOwners {
  readonly #byKind = new Map<string, Set<string>>();
  readonly #kindsOf = new Map<string, Set<string>>();

  add(uid: string, { apiVersion, kind }: V1OwnerReference): void {
    const name = JSON.stringify([apiVersion, kind]);
    addTo(this.#byKind, name, uid);
    addTo(this.#kindsOf, uid, name);
  }

  /** The object is gone, or has others now. */
  forget(uid: string): void {
    for (const name of this.#kindsOf.get(uid) ?? []) {
      const waiting = this.#byKind.get(name);
      if (waiting?.delete(uid) && waiting.size === 0) this.#byKind.delete(name);
    }
    this.#kindsOf.delete(uid);
  }

  /** Those who waited for a kind that is known now; they wait no more. */
  take(isKnown: (apiVersion: string, kind: string) => boolean): string[] {
    const taken = new Set<string>();
    for (const [name, uids] of this.#byKind) {
      const [apiVersion, kind] = JSON.parse(name) as [string, string];
      if (isKnown(apiVersion, kind)) for (const uid of uids) taken.add(uid);
    }
    for (const uid of taken) this.forget(uid);
    return [...taken];
  }
}

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const known = map.get(key);
  if (known) known.add(value);
  else map.set(key, new Set([value]));
}
