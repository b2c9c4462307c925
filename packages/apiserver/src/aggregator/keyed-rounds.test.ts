import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, seededRandom, settle } from "@dingi/base";
import { KeyedRounds } from "./keyed-rounds.ts";

function bench(work: (key: string, signal: AbortSignal) => Promise<number | undefined> = () => Promise.resolve(1000)) {
  const clock = new FakeClock(0);
  const done: string[] = [];
  const rounds = new KeyedRounds({
    clock,
    random: seededRandom(1),
    minRetryMs: 100,
    maxRetryMs: 400,
    work: (key, signal) => {
      done.push(`${key} ${clock.now()}`);
      return work(key, signal);
    },
  });
  return { clock, done, rounds };
}

test("work begins at once, and comes again after what it says", async () => {
  const { clock, done, rounds } = bench();
  rounds.keep(new Set(["a"]));
  rounds.keep(new Set(["a"]));
  await clock.advance(2500);
  assert.deepEqual(done, ["a 0", "a 1000", "a 2000"]);
});

test("work that says nothing comes again when it is poked, and what nobody keeps is not poked", async () => {
  const { clock, done, rounds } = bench(() => Promise.resolve(undefined));
  rounds.keep(new Set(["a"]));
  await clock.advance(60_000);
  assert.deepEqual([done, clock.pending], [["a 0"], 0]);
  rounds.poke("a");
  rounds.poke("b");
  await settle();
  assert.deepEqual(done, ["a 0", "a 60000"]);
});

test("a poke that comes while it works is not forgotten", async () => {
  const working = Promise.withResolvers<undefined>();
  const { done, rounds } = bench(() => working.promise);
  rounds.keep(new Set(["a"]));
  rounds.poke("a");
  working.resolve(undefined);
  await settle();
  assert.deepEqual(done, ["a 0", "a 0"]);
});

test("work that fails comes again soon, and later each time, until it succeeds", async () => {
  let fails = true;
  const { clock, done, rounds } = bench(() => (fails ? Promise.reject(new Error("no")) : Promise.resolve(50_000)));
  rounds.keep(new Set(["a"]));
  await clock.advance(3000);
  const times = done.map((line) => Number(line.split(" ")[1]));
  const waits = times.slice(1).map((time, i) => time - times[i]!);
  assert.ok(waits.length >= 5 && waits.length <= 30, String(waits));
  assert.ok(waits[0]! <= 200 && waits.at(-1)! > waits[0]! && waits.at(-1)! <= 800, String(waits));
  fails = false;
  await clock.advance(1000);
  const before = done.length;
  await clock.advance(49_000);
  assert.equal(done.length, before);
  fails = true;
  await clock.advance(1200);
  assert.ok(done.length > before + 1, "it begins with short waits again");
});

test("what is not kept any more is stopped, and others go on", async () => {
  const signals = new Map<string, AbortSignal>();
  const { clock, done, rounds } = bench((key, signal) => {
    signals.set(key, signal);
    return Promise.resolve(1000);
  });
  rounds.keep(new Set(["a", "b"]));
  await clock.advance(10);
  rounds.keep(new Set(["b"]));
  await clock.advance(1000);
  assert.deepEqual(done, ["a 0", "b 0", "b 1000"]);
  assert.deepEqual([signals.get("a")?.aborted, signals.get("b")?.aborted], [true, false]);
  rounds[Symbol.dispose]();
  await clock.advance(5000);
  assert.equal(done.length, 3);
  assert.equal(clock.pending, 0);
});
