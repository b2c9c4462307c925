import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle } from "@dingi/base";
import { takeTurn } from "./turn.ts";

/** Nobody's. */
const USER = 4_000_000_000 + process.pid;
const skip = process.platform === "linux" ? false : "sockets without files are Linux's";

async function until(condition: () => boolean, clock: FakeClock): Promise<void> {
  while (!condition()) {
    await settle();
    await clock.advance(20);
  }
}

test("the second waits for the first", { skip }, async () => {
  const clock = new FakeClock();
  const order: string[] = [];
  const first = await takeTurn(clock, USER);
  const second = takeTurn(clock, USER).then((turn) => {
    order.push("second");
    return turn;
  });
  await settle();
  await clock.advance(1_000);
  order.push("first ends");
  await first[Symbol.asyncDispose]();
  await until(() => order.length === 2, clock);
  assert.deepEqual(order, ["first ends", "second"]);
  await (await second)[Symbol.asyncDispose]();
});

test("who has waited too long is told of it", { skip }, async () => {
  const clock = new FakeClock();
  await using _first = await takeTurn(clock, USER);
  let failure: unknown;
  takeTurn(clock, USER).catch((error: unknown) => (failure = error));
  await until(() => failure !== undefined, clock);
  assert.match(String(failure), /Another dingi up/);
});
