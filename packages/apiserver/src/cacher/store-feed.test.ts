import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap } from "@dingi/api";
import { AsyncQueue, countVisits, FakeClock, settle, silentLogger } from "@dingi/base";
import type { Store, StoreEvent } from "@dingi/store";
import { StoreFeed } from "./store-feed.ts";

/** A feed at revision 1, and what the store tells it. */
async function feedOf(): Promise<{ feed: StoreFeed; events: AsyncQueue<readonly StoreEvent[]> }> {
  const events = new AsyncQueue<readonly StoreEvent[]>();
  const store = {
    range: async () => ({ revision: 1, entries: [], remaining: 0 }),
    watch: ({ signal }: { signal: AbortSignal }) => {
      signal.addEventListener("abort", () => events.end(), { once: true });
      return events;
    },
  } as unknown as Store;
  // Timers that cost nothing: here it is the feed that is counted.
  const clock = Object.assign(new FakeClock(), { timer: () => ({ [Symbol.dispose]: () => {} }) });
  const feed = await StoreFeed.start({
    store,
    clock,
    logger: silentLogger,
    kinds: [ConfigMap],
    onFailure: () => assert.fail(),
  });
  return { feed, events };
}

const at = (revision: number): readonly StoreEvent[] => [
  { key: "/registry/configmaps/ns/gone", revision, value: undefined } as unknown as StoreEvent,
];

test("who waits for a revision is told when it is there, and not before", async () => {
  const { feed, events } = await feedOf();
  await using _feed = feed;
  const told: number[] = [];
  for (const revision of [3, 2, 1, 3]) void feed.waitFor(revision).then(() => told.push(revision));
  await settle();
  assert.deepEqual(told, [1]);
  events.push(at(2));
  await settle();
  assert.deepEqual(told, [1, 2]);
  events.push(at(4));
  await settle();
  assert.deepEqual(told, [1, 2, 3, 3]);
});

async function costBeside(waiters: number): Promise<number> {
  const { feed, events } = await feedOf();
  await using _feed = feed;
  for (let i = 0; i < waiters; i++) void feed.waitFor(99).catch(() => {});
  return await countVisits(async () => {
    const next = feed.waitFor(2);
    events.push(at(2));
    await next;
    await settle();
  });
}

test("a change costs beside twenty thousand who wait for a later one what it costs beside two hundred", async () => {
  const [few, many] = [await costBeside(200), await costBeside(20_000)];
  assert.ok(many <= few + 50, `${few} visits, then ${many}`);
});
