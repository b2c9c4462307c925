import type { KubeObject, ObjectKey } from "@dingi/apimachinery";
import { Fifo, type Clock } from "@dingi/base";
import type { Informer, WriteObserver } from "@dingi/client";
import type { AnyKindDefinition } from "./define-controller.ts";

/** Events are never this late: what is still waited for then will not come. */
const PATIENCE_MS = 30_000;

/** The informers of the kinds that a controller watches. */
export interface WatchedKinds {
  get(kind: AnyKindDefinition): Informer<KubeObject> | undefined;
}

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
  /** The keys of `#expected`, and some that were; what nobody asks for again is found and forgotten through it. */
  readonly #order = new Fifo<string>();

  constructor(clock: Clock, informers: WatchedKinds) {
    this.#clock = clock;
    this.#informers = informers;
  }

  /** How many keys are waited for. */
  get size(): number {
    return this.#expected.size;
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
    const shown =
      [...expected.revisions].every(([kind, revision]) => this.#shows(kind, revision)) &&
      expected.removals.every((removal) => this.#showsRemoved(removal));
    if (!shown && !this.#isLate(expected)) return true;
    this.#expected.delete(key);
    return false;
  }

  #wrote(key: string, kind: AnyKindDefinition, revision: number): void {
    // Of kinds that nobody watches no copy can be behind, and dry runs and reviews have no revision.
    if (!this.#informers.get(kind) || !Number.isFinite(revision)) return;
    const { revisions } = this.#of(key);
    revisions.set(kind, Math.max(revision, revisions.get(kind) ?? 0));
  }

  #removed(key: string, removal: Removal): void {
    if (this.#informers.get(removal.kind)) this.#of(key).removals.push(removal);
  }

  #of(key: string): Expected {
    const sinceMs = this.#clock.monotonic();
    const known = this.#expected.get(key);
    if (known) {
      known.sinceMs = sinceMs;
      return known;
    }
    const made: Expected = { revisions: new Map(), removals: [], sinceMs };
    this.#expected.set(key, made);
    this.#order.push(key);
    this.#forgetLate();
    return made;
  }

  /** Of what is gone nobody asks again. Two are looked at for each that comes, so that all are in time. */
  #forgetLate(): void {
    for (let i = 0; i < 2; i++) {
      const key = this.#order.shift();
      const expected = key === undefined ? undefined : this.#expected.get(key);
      if (expected && this.#isLate(expected)) this.#expected.delete(key!);
      else if (expected) this.#order.push(key!);
    }
  }

  #isLate({ sinceMs }: Expected): boolean {
    return sinceMs + PATIENCE_MS < this.#clock.monotonic();
  }

  #shows(kind: AnyKindDefinition, revision: number): boolean {
    const informer = this.#informers.get(kind);
    // Of a kind that is not served any more nothing will be shown.
    return !informer || Number(informer.resourceVersion) >= revision;
  }

  #showsRemoved({ kind, key, uid }: Removal): boolean {
    const shown = this.#informers.get(kind)?.get(key);
    return shown?.metadata.uid !== uid || shown.metadata.deletionTimestamp !== undefined;
  }
}
