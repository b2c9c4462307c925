import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { ChildProcess } from "node:child_process";
import { test } from "node:test";
import { FakeClock, silentLogger } from "@dingi/base";
import { supervise, type Fare, type StartedProcess, type SuperviseOptions } from "./child-process.ts";

/** A child that ends when it is told to, or when it is killed. */
class FakeChild extends EventEmitter {
  exitCode: number | null = null;
  signalCode: string | null = null;
  readonly signals: string[] = [];
  readonly pid = 7;
  /** SIGTERM does nothing to one that is stopped. */
  deaf = false;

  kill(signal: string): boolean {
    this.signals.push(signal);
    if (signal === "SIGKILL" || !this.deaf) this.end(null, signal);
    return true;
  }

  end(exitCode: number | null, signalCode: string | null = null): void {
    if (this.exitCode !== null || this.signalCode !== null) return;
    [this.exitCode, this.signalCode] = [exitCode, signalCode];
    this.emit("exit", exitCode, signalCode);
  }
}

interface Bench {
  readonly clock: FakeClock;
  readonly children: FakeChild[];
  readonly fares: Fare[];
  readonly stop: AbortController;
  readonly done: Promise<void>;
  /** Milliseconds at which each start happened. */
  readonly starts: number[];
}

const settle = async () => {
  for (let i = 0; i < 40; i++) await Promise.resolve();
};

function begin(more: Partial<SuperviseOptions> & { probe?: StartedProcess["probe"] } = {}): Bench {
  const { probe, ...options } = more;
  const clock = new FakeClock();
  const bench = { clock, children: [] as FakeChild[], fares: [] as Fare[], starts: [] as number[] };
  const stop = new AbortController();
  const done = supervise({
    name: "part",
    clock,
    logger: silentLogger,
    signal: stop.signal,
    onChange: (fare) => bench.fares.push(fare),
    start: () => {
      const child = new FakeChild();
      bench.children.push(child);
      bench.starts.push(clock.monotonic());
      return Promise.resolve({ child: child as unknown as ChildProcess, pid: 7, ...(probe ? { probe } : {}) });
    },
    ...options,
  });
  return { ...bench, stop, done };
}

async function advance(clock: FakeClock, ms: number, stepMs = 50): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await settle();
    await clock.advance(stepMs);
  }
  await settle();
}

/** The next child; at most a minute is waited for it. */
async function untilStarted(children: readonly FakeChild[], clock: FakeClock): Promise<void> {
  await settle();
  if (children.at(-1)!.exitCode === null) return;
  const before = children.length;
  for (let i = 0; i < 1200 && children.length === before; i++) await advance(clock, 50);
}

test("a process that served and is killed now and then is back at once, each time", async () => {
  const { clock, children, starts, stop, done } = begin();
  for (let round = 0; round < 5; round++) {
    await advance(clock, 4_000);
    children.at(-1)!.end(null, "SIGKILL");
    await settle();
    assert.equal(children.length, round + 2, "started again without a wait");
    assert.equal(starts.at(-1), clock.monotonic());
  }
  stop.abort();
  await done;
});

test("one that serves and ends again and again waits longer, but never long", async () => {
  const { clock, children, starts, stop, done } = begin();
  for (let round = 0; round < 8; round++) {
    await settle();
    children.at(-1)!.end(1);
    await untilStarted(children, clock);
  }
  const waits = starts.slice(1).map((at, i) => at - starts[i]!);
  assert.deepEqual(waits, [0, 100, 200, 250, 250, 250, 250, 250]);
  stop.abort();
  await done;
});

test("one that never serves is given ever more time, and its reason and failures are told", async () => {
  const never = () => Promise.reject(new Error("It refused"));
  const { clock, children, starts, fares, stop, done } = begin({
    probe: never,
    lastWords: () => Promise.resolve("The store is damaged"),
  });
  for (let round = 0; round < 9; round++) {
    await settle();
    children.at(-1)!.end(1);
    await untilStarted(children, clock);
  }
  assert.deepEqual(
    starts.slice(1).map((at, i) => at - starts[i]!),
    [0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000],
  );
  assert.deepEqual(fares.slice(0, 4), [
    { state: "starting", pid: 7, childPid: 7 },
    { state: "waiting", reason: "The store is damaged", failures: 1 },
    { state: "starting", pid: 7, childPid: 7 },
    { state: "waiting", reason: "The store is damaged", failures: 2 },
  ]);
  stop.abort();
  await done;
});

test("without last words, how it ended is the reason", async () => {
  const { children, fares, stop, done } = begin();
  await settle();
  children[0]!.end(null, "SIGKILL");
  await settle();
  const waiting = fares.find(({ state }) => state === "waiting");
  assert.deepEqual(waiting, { state: "waiting", reason: "It was ended by SIGKILL", failures: 1 });
  stop.abort();
  await done;
});

test("one that cannot be started is tried again, and that is told", async () => {
  let tries = 0;
  const { clock, fares, stop, done } = begin({
    start: () => {
      tries++;
      return Promise.reject(new Error("No node"));
    },
  });
  await advance(clock, 250);
  assert.ok(tries >= 3);
  assert.deepEqual(fares[0], { state: "waiting", reason: "It did not start: No node", failures: 1 });
  stop.abort();
  await done;
});

test("a person who asks ends the wait, and begins the count anew", async () => {
  let hurry = new AbortController();
  const never = () => Promise.reject(new Error("It refused"));
  const { clock, children, fares, stop, done } = begin({ hurry: () => hurry.signal, probe: never });
  for (let round = 0; round < 7; round++) {
    await settle();
    children.at(-1)!.end(1);
    if (round < 6) await untilStarted(children, clock);
  }
  await settle();
  const before = children.length;
  hurry.abort();
  hurry = new AbortController();
  await settle();
  assert.equal(children.length, before + 1);
  children.at(-1)!.end(1);
  await settle();
  const last = fares.findLast(({ state }) => state === "waiting");
  assert.deepEqual(last, { state: "waiting", reason: "It ended with exit code 1", failures: 1 });
  stop.abort();
  await done;
});

test("one that was asked to end, and does not, is killed when its time is over", async () => {
  const { clock, children, stop, done } = begin();
  await settle();
  children[0]!.deaf = true;
  stop.abort();
  await advance(clock, 4_900);
  assert.deepEqual(children[0]!.signals, ["SIGTERM"]);
  await advance(clock, 200);
  assert.deepEqual(children[0]!.signals, ["SIGTERM", "SIGKILL"]);
  await done;
});

test("one that no longer answers is killed, started again, and that is told", async () => {
  let answers = true;
  const probe = () => (answers ? Promise.resolve() : new Promise<void>(() => {}));
  const { clock, children, fares, stop, done } = begin({ probe });
  await advance(clock, 60_000, 500);
  assert.deepEqual(fares, [{ state: "starting", pid: 7, childPid: 7 }, { state: "serving" }]);
  answers = false;
  await advance(clock, 25_000, 500);
  assert.deepEqual(children[0]!.signals, [], "a busy one is left alone");
  await advance(clock, 25_000, 500);
  assert.deepEqual(children[0]!.signals, ["SIGKILL"]);
  const waiting = fares.find(({ state }) => state === "waiting");
  assert.ok(waiting?.state === "waiting");
  assert.equal(waiting.reason, "It did not answer for 30 s and was killed");
  assert.equal(children.length, 2);
  stop.abort();
  await done;
});

test("one that never comes to answer is killed, too, but not for being slow", async () => {
  const { clock, children, stop, done } = begin({ probe: () => Promise.reject(new Error("ECONNREFUSED")) });
  await advance(clock, 170_000, 1000);
  assert.equal(children.length, 1);
  await advance(clock, 30_000, 1000);
  assert.deepEqual(children[0]!.signals, ["SIGKILL"]);
  stop.abort();
  await done;
});
