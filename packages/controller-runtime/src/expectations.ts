import type { Clock } from "@dingi/base";

const TIMEOUT_MS = 5 * 60_000;

interface Expected {
  readonly creations: Set<string>;
  readonly deletions: Set<string>;
  readonly sinceMs: number;
}

/**
 * What a controller has done and its cache does not show yet: until it does, acting again would do it twice.
 * Upstream: pkg/controller/controller_utils.go#ControllerExpectations
 */
export class Expectations {
  readonly #clock: Clock;
  readonly #expected = new Map<string, Expected>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  created(key: string, uid: string): void {
    this.#of(key).creations.add(uid);
  }

  deleted(key: string, uid: string): void {
    this.#of(key).deletions.add(uid);
  }

  /** `seen` are the uids that the cache shows, of objects that are not being deleted. */
  satisfied(key: string, seen: ReadonlySet<string>): boolean {
    const expected = this.#expected.get(key);
    if (!expected) return true;
    for (const uid of expected.creations) if (seen.has(uid)) expected.creations.delete(uid);
    for (const uid of expected.deletions) if (!seen.has(uid)) expected.deletions.delete(uid);
    const open = expected.creations.size + expected.deletions.size > 0;
    const expired = this.#clock.monotonic() - expected.sinceMs > TIMEOUT_MS;
    if (!open || expired) this.#expected.delete(key);
    return !open || expired;
  }

  forget(key: string): void {
    this.#expected.delete(key);
  }

  #of(key: string): Expected {
    const known = this.#expected.get(key);
    if (known) return known;
    const made = { creations: new Set<string>(), deletions: new Set<string>(), sinceMs: this.#clock.monotonic() };
    this.#expected.set(key, made);
    return made;
  }
}
