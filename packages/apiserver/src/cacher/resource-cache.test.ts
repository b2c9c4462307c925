import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap } from "@dingi/api";
import { ByteBudget, FakeClock, silentLogger } from "@dingi/base";
import { openMemoryStore } from "@dingi/store";
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
