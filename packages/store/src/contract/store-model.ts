import assert from "node:assert/strict";
import { FakeClock } from "@dingi/base";
import fc from "fast-check";
import { CompactedError } from "../store.ts";
import type { Change, Entry, Revision, Store, StoreEvent } from "../store.ts";

type Step =
  | {
      readonly op: "commit";
      readonly key: string;
      readonly expected: "any" | "current" | "absent" | "wrong";
      readonly value?: number;
      readonly ttlMs?: number;
    }
  | { readonly op: "range"; readonly back: number; readonly limit: number; readonly after: string | undefined }
  | { readonly op: "history"; readonly back: number }
  | { readonly op: "compact"; readonly back: number }
  | { readonly op: "expire"; readonly ms: number };

const key = fc.constantFrom("/k/a", "/k/b", "/k/b/c", "/k/d", "/l/a", "/k0");
const back = fc.nat({ max: 12 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      {
        op: fc.constant("commit" as const),
        key,
        expected: fc.constantFrom(
          "any" as const,
          "any" as const,
          "current" as const,
          "absent" as const,
          "wrong" as const,
        ),
        value: fc.nat({ max: 9 }),
        ttlMs: fc.integer({ min: 1, max: 50 }),
      },
      { requiredKeys: ["op", "key", "expected"] },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant("range" as const),
      back,
      limit: fc.nat({ max: 5 }),
      after: fc.option(key, { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("history" as const), back }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("compact" as const), back }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("expire" as const), ms: fc.nat({ max: 30 }) }) },
);

/** One state per revision: what a store would be if space did not matter. */
class Model {
  readonly states: ReadonlyMap<string, Entry & { expiresAt?: number }>[] = [new Map(), new Map()];
  readonly events: StoreEvent[] = [];
  compacted: Revision = 1;

  get revision(): Revision {
    return this.states.length - 1;
  }

  get now(): ReadonlyMap<string, Entry & { expiresAt?: number }> {
    return this.states[this.revision]!;
  }

  apply(name: string, value: Uint8Array | undefined, expiresAt?: number): void {
    const next = new Map(this.now);
    const held = next.get(name);
    const previous = held && entryOnly(held);
    const revision = this.revision + 1;
    const createRevision = previous?.createRevision ?? revision;
    if (value)
      next.set(name, { key: name, value, createRevision, revision, ...(expiresAt !== undefined && { expiresAt }) });
    else next.delete(name);
    this.states.push(next);
    const change = value ? { type: "put" as const, value } : { type: "delete" as const };
    this.events.push({ ...change, key: name, revision, createRevision, ...(previous && { previous }) });
  }
}

function entryOnly({ key: name, value, createRevision, revision }: Entry): Entry {
  return { key: name, value, createRevision, revision };
}

/** Each step is done to the store and to the model, and both must say the same. */
class Comparison {
  readonly #store: Store;
  readonly #clock: FakeClock;
  readonly #model = new Model();

  constructor(store: Store, clock: FakeClock) {
    this.#store = store;
    this.#clock = clock;
  }

  async run(next: Step): Promise<void> {
    if (next.op === "commit") await this.#commit(next);
    else if (next.op === "range") await this.#range(next);
    else if (next.op === "history") await this.#history(this.#past(next.back));
    else if (next.op === "compact") await this.#compact(this.#past(next.back));
    else await this.#expire(next.ms);
    assert.equal(await this.#store.readRevision(), this.#model.revision);
  }

  #past(steps: number): Revision {
    return Math.max(1, this.#model.revision - steps);
  }

  async #commit({ key: name, expected, value, ttlMs }: Extract<Step, { op: "commit" }>): Promise<void> {
    const held = this.#model.now.get(name);
    const conditions = { any: "any", current: held?.revision ?? 0, absent: 0, wrong: 1 } as const;
    const change: Change = {
      expected: conditions[expected],
      ...(value !== undefined && { value: Uint8Array.of(value) }),
      ...(ttlMs !== undefined && { ttlMs }),
    };
    const current = held?.revision ?? 0;
    const met =
      (change.expected === "any" || change.expected === current) && (change.value !== undefined || current > 0);
    const result = await this.#store.commit(name, change);
    const before = held && entryOnly(held);
    if (!met) return assert.deepEqual(result, { conflict: before });
    this.#model.apply(name, change.value, ttlMs === undefined ? undefined : this.#clock.now() + ttlMs);
    assert.deepEqual(result, { revision: this.#model.revision, previous: before });
  }

  async #range({ back: steps, limit, after }: Extract<Step, { op: "range" }>): Promise<void> {
    const revision = this.#past(steps);
    const range = this.#store.range("/k/", { revision, limit, ...(after !== undefined && { after }) });
    if (revision < this.#model.compacted) return assert.rejects(range, CompactedError);
    const all = [...this.#model.states[revision]!.values()]
      .filter((entry) => entry.key.startsWith("/k/") && entry.key > (after ?? ""))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(entryOnly);
    const expected = { entries: all.slice(0, limit), revision, remaining: Math.max(0, all.length - limit) };
    assert.deepEqual(await range, expected);
  }

  async #history(after: Revision): Promise<void> {
    const expected = this.#model.events.filter((event) => event.revision > after && event.key.startsWith("/k/"));
    const controller = new AbortController();
    const iterator = this.#store.watch({ prefix: "/k/", after, signal: controller.signal })[Symbol.asyncIterator]();
    const seen: StoreEvent[] = [];
    if (after < this.#model.compacted) await assert.rejects(iterator.next(), CompactedError);
    else while (seen.length < expected.length) seen.push(...(await iterator.next()).value);
    if (after >= this.#model.compacted) assert.deepEqual(seen, expected);
    await iterator.return?.();
  }

  async #compact(revision: Revision): Promise<void> {
    await this.#store.compact(revision);
    this.#model.compacted = Math.max(this.#model.compacted, revision);
  }

  async #expire(ms: number): Promise<void> {
    await this.#clock.advance(ms);
    const now = this.#clock.now();
    const due = [...this.#model.now.values()]
      .filter((entry) => entry.expiresAt !== undefined && entry.expiresAt <= now)
      .sort((a, b) => a.expiresAt! - b.expiresAt! || (a.key < b.key ? -1 : 1));
    for (const entry of due) this.#model.apply(entry.key, undefined);
    assert.equal(await this.#store.expire(now), due.length);
  }
}

/** For fast-check: any sequence of steps on a new store of this kind. */
export function modelProperty(open: (options: { readonly clock: FakeClock }) => Promise<Store>) {
  return fc.asyncProperty(fc.array(step, { maxLength: 80, size: "max" }), async (steps) => {
    const clock = new FakeClock();
    await using store = await open({ clock });
    const comparison = new Comparison(store, clock);
    for (const next of steps) await comparison.run(next);
  });
}
