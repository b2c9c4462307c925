import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FakeClock, settle } from "@dingi/base";
import {
  QueueSet,
  type FlowRequest,
  type Patience,
  type QueuingLimits,
  type Refusal,
  type Seats,
} from "./queue-set.ts";

const QUEUES: QueuingLimits = { queues: 64, handSize: 6, queueLength: 50 };
const requestOf = (distinguisher: string, seats = 1): FlowRequest => ({
  schema: "s",
  distinguisher,
  seats,
  about: undefined,
});

class World {
  readonly clock = new FakeClock();
  readonly set: QueueSet;
  /** In the order in which they got their seats. */
  readonly served: string[] = [];
  readonly held: Seats[] = [];
  readonly refused: Refusal[] = [];
  readonly patience: Patience = { waitMs: 15_000, signal: new AbortController().signal };

  constructor(seats: number, limits = QUEUES) {
    this.set = new QueueSet(this.clock, limits, seats);
  }

  ask(who: string, seats = 1, patience = this.patience): void {
    const entered = this.set.enter(requestOf(who, seats), () => patience);
    const take = (result: Seats | Refusal) => {
      if (typeof result === "string") return void this.refused.push(result);
      this.served.push(who);
      this.held.push(result);
    };
    if (entered instanceof Promise) void entered.then(take);
    else take(entered);
  }

  /** As many as have seats are answered, each in so many milliseconds. */
  async answer(tookMs = 3): Promise<void> {
    await this.clock.advance(tookMs);
    for (const seats of this.held.splice(0)) seats.leave();
    await settle();
  }
}

describe("While there are seats", () => {
  test("nobody waits, and there are no queues", () => {
    const world = new World(3);
    for (const who of ["a", "a", "b"]) world.ask(who);
    assert.deepEqual(world.served, ["a", "a", "b"]);
    assert.equal([...world.set.queues].length, 0);
  });

  test("who left twice left once", async () => {
    const world = new World(1);
    world.ask("a");
    const [held] = world.held;
    held!.leave();
    held!.leave();
    world.ask("b");
    world.ask("c");
    assert.deepEqual(world.served, ["a", "b"]);
    assert.equal(world.set.counts.seatsInUse, 1);
  });

  test("one that takes more than there is comes in when nobody else is there", async () => {
    const world = new World(2);
    world.ask("big", 5);
    world.ask("small");
    assert.deepEqual(world.served, ["big"]);
    await world.answer();
    assert.deepEqual(world.served, ["big", "small"]);
  });
});

describe("When there are none", () => {
  test("a flow of many requests is in nobody else's way", async () => {
    const world = new World(2);
    for (let i = 0; i < 40; i++) world.ask("many");
    for (const who of ["a", "b", "c"]) world.ask(who);
    for (let round = 0; round < 12; round++) await world.answer();
    const places = ["a", "b", "c"].map((who) => world.served.indexOf(who));
    assert.ok(Math.max(...places) <= 2 + 3 * (QUEUES.handSize + 1), `${places.join()} of ${world.served.length}`);
    assert.ok(Math.min(...places) > 0);
  });

  test("who takes long gets less often", async () => {
    const world = new World(1, { queues: 2, handSize: 1, queueLength: 100 });
    const flows = ["a", "b", "c", "d"];
    world.ask("first");
    for (let i = 0; i < 30; i++) for (const who of flows) world.ask(who);
    const [slow, quick] = twoQueues(world);
    for (let i = 0; i < 60; i++) await world.answer(slow.has(world.served.at(-1)!) ? 30 : 3);
    const times = (of: ReadonlySet<string>) => world.served.filter((who) => of.has(who)).length;
    assert.ok(times(quick) > 3 * times(slow), `${times(quick)} and ${times(slow)}`);
  });

  test("wide requests get their seats less often than narrow ones", async () => {
    const world = new World(4, { queues: 64, handSize: 1, queueLength: 200 });
    world.ask("first", 4);
    for (let i = 0; i < 60; i++) for (const who of ["wide", "narrow"]) world.ask(who, who === "wide" ? 4 : 1);
    for (let i = 0; i < 40; i++) await world.answer();
    const [wide, narrow] = ["wide", "narrow"].map((one) => world.served.filter((who) => who === one).length);
    assert.ok(narrow! >= 2 * wide!, `${narrow} and ${wide}`);
  });

  test("a queue holds so many and no more", async () => {
    const world = new World(1, { queues: 8, handSize: 1, queueLength: 3 });
    for (let i = 0; i < 6; i++) world.ask("many");
    await settle();
    assert.deepEqual(world.refused, ["queue-full", "queue-full"]);
    assert.deepEqual([world.set.counts.waiting, world.set.counts.rejected], [3, 2]);
  });

  test("a full queue takes more while a seat is free that is too narrow for those that wait", async () => {
    const world = new World(4, { queues: 1, handSize: 1, queueLength: 1 });
    world.ask("a", 3);
    for (let i = 0; i < 3; i++) world.ask("wide", 2);
    await settle();
    assert.deepEqual([world.refused, world.set.counts.waiting], [[], 3]);
  });

  test("whose client had gone before takes no place", async () => {
    const world = new World(1);
    world.ask("a");
    world.ask("gone", 1, { ...world.patience, signal: AbortSignal.abort() });
    await settle();
    assert.deepEqual([world.refused, world.set.counts.waiting], [["cancelled"], 0]);
  });

  test("without queues one is sent away at once", async () => {
    const world = new World(1, { queues: 0, handSize: 0, queueLength: 0 });
    world.ask("a");
    world.ask("b");
    assert.deepEqual([world.served, world.refused], [["a"], ["concurrency-limit"]]);
  });

  test("who waits too long is sent away, and whose client has gone", async () => {
    const world = new World(1);
    const gone = new AbortController();
    world.ask("a");
    world.ask("late", 1, { ...world.patience, waitMs: 100 });
    world.ask("gone", 1, { ...world.patience, signal: gone.signal });
    world.ask("b");
    gone.abort(new Error("gone"));
    await world.clock.advance(100);
    await settle();
    assert.deepEqual(world.refused, ["cancelled", "time-out"]);
    await world.answer();
    assert.deepEqual(world.served, ["a", "b"]);
    assert.deepEqual([world.set.counts.waiting, world.set.counts.seatsWaiting], [0, 0]);
  });

  test("who waited behind one that gave up need not wait longer", async () => {
    const world = new World(2, { queues: 1, handSize: 1, queueLength: 9 });
    world.ask("a");
    world.ask("wide", 2, { ...world.patience, waitMs: 100 });
    world.ask("narrow");
    assert.deepEqual(world.served, ["a"]);
    await world.clock.advance(100);
    await settle();
    assert.deepEqual(world.served, ["a", "narrow"]);
  });

  test("more seats are given away at once", async () => {
    const world = new World(1);
    for (const who of ["a", "b", "c"]) world.ask(who);
    world.set.configure(QUEUES, 2);
    await settle();
    assert.equal(world.served.length, 2);
  });
});

test("when all have gone nothing is left", async () => {
  const world = new World(3);
  for (let i = 0; i < 200; i++) world.ask(`flow-${i % 20}`, 1 + (i % 3));
  for (let i = 0; i < 400; i++) await world.answer();
  assert.equal(world.served.length, 200);
  assert.ok(world.set.isIdle);
  assert.equal([...world.set.queues].length, 0);
  assert.deepEqual([...world.set.requests()], []);
  const { seatsInUse, seatsWaiting } = world.set.counts;
  assert.deepEqual([seatsInUse, seatsWaiting], [0, 0]);
});

test("demand is what was used and waited for", async () => {
  const world = new World(2);
  await world.clock.advance(1000);
  for (let i = 0; i < 4; i++) world.ask("a");
  await world.clock.advance(1000);
  const { highWatermark, average, deviation, smoothed } = world.set.demand.close();
  assert.deepEqual([highWatermark, average, deviation, smoothed], [4, 2, 2, 4]);
  for (let i = 0; i < 2; i++) await world.answer(0);
  await world.clock.advance(2000);
  const later = world.set.demand.close();
  assert.equal(later.highWatermark, 4);
  assert.equal(later.average, 0);
  assert.equal(later.smoothed, 4 * 0.977);
});

/** The flows of both queues. */
function twoQueues({ set }: World): [Set<string>, Set<string>] {
  const byQueue = new Map<number, Set<string>>();
  for (const { request, queueIndex } of set.requests())
    if (queueIndex >= 0) byQueue.set(queueIndex, (byQueue.get(queueIndex) ?? new Set()).add(request.distinguisher));
  const [one, other] = byQueue.values();
  return [one!, other!];
}
