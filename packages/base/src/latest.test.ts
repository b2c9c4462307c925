import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "./testing/fake-clock.ts";
import { Latest } from "./latest.ts";

const FOREVER = new AbortController().signal;

test("who has not seen the newest value gets it at once, and who has waits for the next", async () => {
  const latest = new Latest("a");
  assert.equal(await latest.after("older", FOREVER), "a");
  const told: string[] = [];
  for (let i = 0; i < 2; i++) void latest.after("a", FOREVER).then((value) => told.push(value));
  await settle();
  assert.deepEqual(told, []);
  latest.set("b");
  latest.set("c");
  await settle();
  assert.deepEqual(told, ["c", "c"]);
});

test("a value that comes again is nothing new", async () => {
  const latest = new Latest("a");
  let isTold = false;
  void latest.after("a", FOREVER).then(() => (isTold = true));
  latest.set("a");
  await settle();
  assert.equal(isTold, false);
});

test("who waits no more learns why, and others wait on", async () => {
  const latest = new Latest("a");
  const stop = new AbortController();
  const other = latest.after("a", FOREVER);
  const gone = latest.after("a", stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(gone, /enough/);
  await assert.rejects(latest.after("a", stop.signal), /enough/);
  latest.set("b");
  assert.equal(await other, "b");
});
