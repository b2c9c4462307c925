import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap } from "@dingi/api";
import { isExpired } from "@dingi/apimachinery";
import { ByteBudget, PersistentMap } from "@dingi/base";
import { CacheEvent } from "./cache-event.ts";
import { Stored } from "./stored.ts";
import { WatchHistory } from "./watch-history.ts";

const MIB = 1024 * 1024;

/** A history in which an object of some size was changed at each of the revisions. */
function historyOf(budget: ByteBudget, revisions: readonly number[], size = 0): WatchHistory {
  const history = new WatchHistory(10, budget);
  const content = new PersistentMap<Stored>();
  for (const revision of revisions) {
    const stored = new Stored(ConfigMap, "n/a", {
      object: { metadata: { name: "a" } },
      revision,
      body: new Uint8Array(size),
    });
    content.set("n/a", stored);
    history.remember(new CacheEvent(revision, stored, undefined), content.snapshot());
  }
  return history;
}

const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const revisions = (events: readonly CacheEvent[]) => events.map(({ revision }) => revision);

test("changes follow the revision after which they are asked for", () => {
  const history = historyOf(new ByteBudget(Infinity), [12, 15, 20]);
  assert.deepEqual(revisions(history.since(10)), [12, 15, 20]);
  assert.deepEqual(revisions(history.since(12)), [15, 20]);
  assert.deepEqual(revisions(history.since(14)), [15, 20]);
  assert.deepEqual(revisions(history.since(20)), []);
  assert.throws(() => history.since(9), isExpired);
});

test("the content of a revision is that of the last change before it", () => {
  const history = historyOf(new ByteBudget(Infinity), [12, 15, 20]);
  const at = (revision: number) => history.contentAt(revision)?.get("n/a")?.revision;
  assert.deepEqual([9, 11, 12, 14, 15, 19].map(at), [undefined, undefined, 12, 12, 15, 15]);
});

test("no more changes are kept than a watch may go back", () => {
  const history = historyOf(new ByteBudget(Infinity), upTo(11, 11 + 8191));
  assert.equal(history.since(history.oldest).length, 4095);
  assert.throws(() => history.since(history.oldest - 1), isExpired);
});

test("large objects are forgotten sooner, and what is kept stays within its bound", () => {
  const budget = new ByteBudget(10 * MIB);
  const history = historyOf(budget, upTo(11, 110), MIB);
  assert.ok(budget.bytes <= 10 * MIB, `${budget.bytes}`);
  assert.equal(history.bytes, budget.bytes);
  assert.ok(history.since(history.oldest).length >= 4);
  assert.throws(() => history.since(history.oldest - 1), isExpired);
});

test("an object larger than the bound leaves an empty history, which goes on", () => {
  const budget = new ByteBudget(MIB);
  const history = historyOf(budget, [11, 12], 2 * MIB);
  assert.equal(budget.bytes, 0);
  assert.deepEqual(revisions(history.since(12)), []);
  assert.throws(() => history.since(11), isExpired);
});

test("what came before an empty history is not known", () => {
  assert.equal(historyOf(new ByteBudget(Infinity), []).newest, 10);
  assert.equal(historyOf(new ByteBudget(MIB), [11, 12], 2 * MIB).newest, 12);
});

test("a busy kind does not cost others their history", () => {
  const budget = new ByteBudget(10 * MIB);
  const quiet = historyOf(budget, [11, 12, 13], 1000);
  historyOf(budget, upTo(11, 60), MIB);
  assert.deepEqual(revisions(quiet.since(10)), [11, 12, 13]);
});
