import type { KubeObject, ObjectKey } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import type { Informer, WriteObserver } from "@dingi/client";
import type { AnyKindDefinition } from "./define-controller.ts";

/** Events are never this late: what is still waited for then will not come. */
const PATIENCE_MS = 30_000;

export type WatchedKinds = ReadonlyMap<AnyKindDefinition, Informer<KubeObject>>;

interface Removal {
  readonly kind: AnyKindDefinition;
  readonly key: ObjectKey;
  readonly uid: string;
}

interface Expected {
  readonly revisions: Map<AnyKindDefinition, number>;
  readonly removals: Removal[];
  sinceMs: number;
}

/**
 * What was written for each key, until the informers show it. Who acts on an older copy does things twice, or takes back what
 * it has just done. Upstream: pkg/controller/util/consistency, for every controller
 */
export class OwnWrites {
  readonly #clock: Clock;
  readonly #informers: WatchedKinds;
  readonly #expected = new Map<string, Expected>();

  constructor(clock: Clock, informers: WatchedKinds) {
    this.#clock = clock;
    this.#informers = informers;
  }

  /** For the client of one round over a key. */
  of(key: string): WriteObserver {
    return {
      wrote: (kind, { metadata }) => this.#wrote(key, kind as AnyKindDefinition, Number(metadata.resourceVersion)),
      removed: (kind, object, uid) => this.#removed(key, { kind: kind as AnyKindDefinition, key: object, uid }),
    };
  }

  /** Whether the informers do not show all of it yet. */
  isBehind(key: string): boolean {
    const expected = this.#expected.get(key);
    if (!expected) return false;
    const late = expected.sinceMs + PATIENCE_MS < this.#clock.monotonic();
    const shown =
      [...expected.revisions].every(([kind, revision]) => this.#shows(kind, revision)) &&
      expected.removals.every((removal) => this.#showsRemoved(removal));
    if (!late && !shown) return true;
    this.#expected.delete(key);
    return false;
  }

  #wrote(key: string, kind: AnyKindDefinition, revision: number): void {
    // Of kinds that nobody watches no copy can be behind, and dry runs and reviews have no revision.
    if (!this.#informers.has(kind) || !Number.isFinite(revision)) return;
    const { revisions } = this.#of(key);
    revisions.set(kind, Math.max(revision, revisions.get(kind) ?? 0));
  }

  #removed(key: string, removal: Removal): void {
    if (this.#informers.has(removal.kind)) this.#of(key).removals.push(removal);
  }

  #of(key: string): Expected {
    const sinceMs = this.#clock.monotonic();
    const expected = this.#expected.get(key) ?? { revisions: new Map(), removals: [], sinceMs };
    expected.sinceMs = sinceMs;
    this.#expected.set(key, expected);
    return expected;
  }

  #shows(kind: AnyKindDefinition, revision: number): boolean {
    return Number(this.#informers.get(kind)!.resourceVersion) >= revision;
  }

  #showsRemoved({ kind, key, uid }: Removal): boolean {
    const shown = this.#informers.get(kind)!.get(key);
    return shown?.metadata.uid !== uid || shown.metadata.deletionTimestamp !== undefined;
  }
}
