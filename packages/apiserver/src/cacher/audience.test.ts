import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap } from "@dingi/api";
import { parseLabelSelector } from "@dingi/apimachinery";
import { ByteBudget, FakeClock } from "@dingi/base";
import { Audience } from "./audience.ts";
import { CacheEvent } from "./cache-event.ts";
import type { CacheWatcher } from "./cache-watcher.ts";
import { Stored } from "./stored.ts";
import { WatchPacer } from "./watch-pacer.ts";

let revision = 0;

function storedOf(name: string, labels: Record<string, string> = {}): Stored {
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "n", labels } };
  return new Stored(ConfigMap, `n/${name}`, { object, revision: ++revision, body: new Uint8Array() });
}

const created = (name: string, labels?: Record<string, string>) => {
  const stored = storedOf(name, labels);
  return new CacheEvent(stored.revision, stored, undefined);
};

const names = (watcher: CacheWatcher) =>
  watcher.take()?.items.map(({ type, stored }) => `${type} ${stored.object.metadata.name}`);

/** Told at once. */
const everything = () => new Audience(ConfigMap, { namespace: "" }, { budget: new ByteBudget(Infinity) });

test("each watcher takes each change once, in order, from where it joined", () => {
  const audience = everything();
  const first = audience.join([]);
  audience.offer(created("a"));
  const second = audience.join([]);
  audience.offer(created("b"));
  assert.deepEqual(names(first), ["ADDED a", "ADDED b"]);
  assert.deepEqual(names(second), ["ADDED b"]);
  assert.equal(names(first), undefined);
  audience.offer(created("c"));
  assert.deepEqual(names(second), ["ADDED c"]);
  assert.deepEqual(names(first), ["ADDED c"]);
});

test("what a watcher missed comes first", () => {
  const audience = everything();
  const watcher = audience.join([created("a"), created("b")]);
  audience.offer(created("c"));
  assert.deepEqual(names(watcher), ["ADDED a", "ADDED b"]);
  assert.deepEqual(names(watcher), ["ADDED c"]);
});

test("an object that comes to match is added, and one that ceases to is deleted", () => {
  const audience = new Audience(
    ConfigMap,
    { namespace: "", labels: parseLabelSelector("a=b") },
    { budget: new ByteBudget(Infinity) },
  );
  const watcher = audience.join([]);
  const [without, withLabel] = [storedOf("x"), storedOf("x", { a: "b" })];
  audience.offer(new CacheEvent(1, withLabel, without));
  audience.offer(new CacheEvent(2, withLabel, withLabel));
  audience.offer(new CacheEvent(3, without, withLabel));
  audience.offer(new CacheEvent(4, undefined, without));
  assert.deepEqual(names(watcher), ["ADDED x", "MODIFIED x", "DELETED x"]);
});

test("watchers at the same place share a batch and its bytes", () => {
  const audience = everything();
  const [one, two, late] = [audience.join([]), audience.join([]), audience.join([created("before")])];
  audience.offer(created("a"));
  late.take();
  const batches = [one, two, late].map((watcher) => watcher.take()!);
  assert.ok(batches.every((batch) => batch === batches[0]));
  const bytes = batches[0]!.represent("json", () => Uint8Array.of(1));
  assert.equal(
    batches[1]!.represent("json", () => Uint8Array.of(2)),
    bytes,
  );
});

test("paced watchers are told when the pacer says so, and of nothing that came later", async () => {
  const clock = new FakeClock();
  const pacer = new WatchPacer(clock);
  const audience = new Audience(ConfigMap, { namespace: "" }, { pacer, budget: new ByteBudget(Infinity) });
  const watcher = audience.join([]);
  const change = (name: string) => {
    audience.offer(created(name));
    pacer.flush();
  };
  change("a");
  assert.deepEqual(names(watcher), ["ADDED a"]);
  change("b");
  change("c");
  assert.equal(watcher.take(), undefined);
  let woken = false;
  const ready = watcher.ready().then(() => (woken = true));
  await clock.advance(1);
  assert.equal(woken, false);
  await clock.advance(20);
  await ready;
  audience.offer(created("d"));
  assert.deepEqual(names(watcher), ["ADDED b", "ADDED c"]);
});

test("who does not keep up is cut off, and holds nothing back", () => {
  const audience = everything();
  const [slow, quick] = [audience.join([]), audience.join([])];
  for (let i = 0; i <= 10_000; i++) {
    audience.offer(created(`${i}`));
    quick.take();
  }
  assert.deepEqual([slow.closed, quick.closed], [true, false]);
  assert.equal(slow.take(), undefined);
  assert.equal(audience.size, 1);
  audience.offer(created("last"));
  assert.deepEqual(names(quick), ["ADDED last"]);
});

test("who is behind is cut off when all together keep too much, and who is not goes on", () => {
  const budget = new ByteBudget(1000);
  const audience = new Audience(ConfigMap, { namespace: "" }, { budget });
  const large = (name: string) => {
    const object = { metadata: { name, namespace: "n" } };
    const stored = new Stored(ConfigMap, `n/${name}`, { object, revision: ++revision, body: new Uint8Array(300) });
    return new CacheEvent(stored.revision, stored, undefined);
  };
  const [slow, late, quick] = [audience.join([]), audience.join([large("a"), large("b")]), audience.join([])];
  assert.equal(budget.bytes, 600);
  audience.offer(large("c"));
  assert.deepEqual(names(quick), ["ADDED c"]);
  audience.offer(large("d"));
  assert.deepEqual([slow.closed, late.closed, quick.closed], [true, true, false]);
  assert.deepEqual([names(slow), names(late), names(quick)], [undefined, undefined, ["ADDED d"]]);
  audience.leave(quick);
  audience[Symbol.dispose]();
  assert.equal(budget.bytes, 0);
});

test("what was missed counts until it is taken or its watcher leaves", () => {
  const budget = new ByteBudget(Infinity);
  const audience = new Audience(ConfigMap, { namespace: "" }, { budget });
  const event = new CacheEvent(
    1,
    new Stored(ConfigMap, "n/a", { object: { metadata: {} }, revision: 1, body: new Uint8Array(7) }),
    undefined,
  );
  const [first, second] = [audience.join([event]), audience.join([event])];
  assert.equal(budget.bytes, 14);
  first.take();
  assert.equal(budget.bytes, 7);
  audience.leave(second);
  assert.equal(budget.bytes, 0);
});

test("an audience that everybody has left keeps nothing, and gives it back once", () => {
  const clock = new FakeClock();
  const budget = new ByteBudget(Infinity);
  const pacer = new WatchPacer(clock);
  const audience = new Audience(ConfigMap, { namespace: "" }, { budget, pacer });
  const watcher = audience.join([]);
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "n" } };
  const stored = new Stored(ConfigMap, "n/a", { object, revision: ++revision, body: new Uint8Array(1000) });
  audience.offer(new CacheEvent(stored.revision, stored, undefined));
  assert.equal(budget.bytes, 1000);
  audience.leave(watcher);
  audience[Symbol.dispose]();
  assert.deepEqual([audience.bytes, budget.bytes], [0, 0]);
  pacer.flush(); // Which still knows it.
  assert.deepEqual([audience.bytes, budget.bytes], [0, 0]);
});
