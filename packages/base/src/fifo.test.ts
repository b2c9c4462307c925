import assert from "node:assert/strict";
import { test } from "node:test";
import { countVisits } from "./testing/count-visits.ts";
import { Fifo } from "./fifo.ts";

test("gives back in order what is put in between", () => {
  const fifo = new Fifo<number>();
  const out: (number | undefined)[] = [];
  for (let i = 0; i < 200; i++) {
    fifo.push(i);
    if (i % 2 === 1) out.push(fifo.shift());
  }
  assert.equal(fifo.size, 100);
  assert.equal(fifo.peek(), 100);
  out.push(...fifo.drain());
  assert.deepEqual(
    out,
    Array.from({ length: 200 }, (_, i) => i),
  );
  assert.deepEqual([fifo.size, fifo.peek(), fifo.shift()], [0, undefined, undefined]);
});

test("taking all moves each item about once", async () => {
  const fifo = new Fifo<number>();
  for (let i = 0; i < 20_000; i++) fifo.push(i);
  const visits = await countVisits(() => {
    while (fifo.size > 0) fifo.shift();
  });
  assert.ok(visits <= 3 * 20_000, `${visits} moves`);
});
