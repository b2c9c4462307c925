import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import { WatchPacer } from "./watch-pacer.ts";

function paced() {
  const clock = new FakeClock();
  const pacer = new WatchPacer(clock);
  const told: string[] = [];
  const change = (name: string) => {
    pacer.add({ release: () => (told.push(name), 1) });
    pacer.flush();
  };
  return { clock, told, change };
}

test("The first change after a pause is told at once", async () => {
  const { clock, told, change } = paced();
  change("a");
  assert.deepEqual(told, ["a"]);
  await clock.advance(11);
  change("b");
  assert.deepEqual(told, ["a", "b"]);
});

test("Changes that follow closely are told together when the window is over", async () => {
  const { clock, told, change } = paced();
  for (const name of ["a", "b", "c"]) change(name);
  assert.deepEqual(told, ["a"]);
  await clock.advance(3);
  assert.deepEqual(told, ["a", "b", "c"]);
  change("d");
  assert.deepEqual(told, ["a", "b", "c"], "what was told together opens a window too");
});

test("The more watchers are told, the longer the window", async () => {
  const clock = new FakeClock();
  const pacer = new WatchPacer(clock);
  let told = 0;
  const change = (watchers: number) => {
    pacer.add({ release: () => ((told += watchers), watchers) });
    pacer.flush();
  };
  change(100);
  change(1000);
  await clock.advance(46);
  assert.equal(told, 100);
  await clock.advance(1);
  assert.equal(told, 1100);
  change(1);
  await clock.advance(99);
  assert.equal(told, 1100);
  await clock.advance(1);
  assert.equal(told, 1101, "no window is longer than 100 ms");
});
