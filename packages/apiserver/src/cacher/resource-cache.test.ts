import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap } from "@dingi/api";
import { ByteBudget, FakeClock, silentLogger } from "@dingi/base";
import { openMemoryStore, type StoreEvent } from "@dingi/store";
import { listPage } from "../endpoints/list.ts";
import { ResourceCache } from "./resource-cache.ts";
import { StoreFeed } from "./store-feed.ts";

const KEY = "/registry/configmaps/n/a";
const text = (value: string) =>
  Buffer.from(`{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":"n"},"data":{"a":"${value}"}}`);

test("a cache that has just begun knows no earlier state", () => {
  const budget = new ByteBudget(Infinity);
  const cache = new ResourceCache(ConfigMap as never, 10, { history: budget, watchers: budget });
  assert.equal(cache.snapshotAt(9, 12), undefined);
  for (const revision of [10, 12]) assert.ok(cache.snapshotAt(revision, 12));
});

test("a list at a revision from before the server was started tells that revision's state", async () => {
  const clock = new FakeClock();
  await using store = openMemoryStore({ clock });
  const first = await store.commit(KEY, { expected: 0, value: text("before") });
  assert.ok("revision" in first);
  await store.commit(KEY, { expected: first.revision, value: text("after") });
  const onFailure = (error: unknown) => assert.fail(String(error));
  await using feed = await StoreFeed.start({
    store,
    clock,
    logger: silentLogger,
    kinds: [ConfigMap as never],
    onFailure,
  });
  const options = { resourceVersion: first.revision, resourceVersionMatch: "Exact", limit: 0, continueToken: "" };
  const waiting = { signal: new AbortController().signal };
  const page = await listPage(
    { feed, store },
    feed.cache(ConfigMap as never),
    { namespace: "n" },
    options as never,
    waiting,
  );
  assert.deepEqual(
    page.items.map(({ object }) => (object as { data?: unknown }).data),
    [{ a: "before" }],
  );
});

const eventOf = (revision: number, value: string | undefined): StoreEvent => ({
  type: value === undefined ? "delete" : "put",
  key: KEY,
  createRevision: 2,
  revision,
  ...(value === undefined ? {} : { value: text(value) }),
});

test("what is loaded is not taken back by events from before it, and events after it are", () => {
  const budgets = { history: new ByteBudget(Infinity), watchers: new ByteBudget(Infinity) };
  const cache = ResourceCache.loading(ConfigMap as never, budgets);
  const shown = () => (cache.get("n/a")?.object as { data?: unknown } | undefined)?.data;
  cache.load("n/a", text("loaded"), 5);
  cache.apply(eventOf(3, "older"));
  cache.apply(eventOf(4, undefined));
  assert.deepEqual(shown(), { a: "loaded" });
  cache.apply(eventOf(6, "newer"));
  assert.deepEqual(shown(), { a: "newer" });
  cache.load("n/a", text("loaded"), 5);
  assert.deepEqual(shown(), { a: "newer" });
  cache.begin(6);
  assert.equal(cache.snapshotAt(5, 6), undefined);
});

test("a cache that is let go of gives back all that it kept, also what nobody has taken", () => {
  const budgets = { history: new ByteBudget(Infinity), watchers: new ByteBudget(Infinity) };
  const cache = new ResourceCache(ConfigMap as never, 1, budgets);
  const watch = cache.watch({ namespace: "" }, undefined);
  cache.apply(eventOf(2, "a"));
  assert.ok(budgets.history.bytes > 0 && budgets.watchers.bytes > 0);
  cache[Symbol.dispose]();
  cache.apply(eventOf(3, "b"));
  assert.equal(budgets.history.bytes, 0);
  watch[Symbol.dispose]();
  assert.equal(budgets.watchers.bytes, 0);
});
