import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteBudget, type ByteHolder } from "./byte-budget.ts";

class Heap implements ByteHolder {
  bytes = 0;
  readonly #budget: ByteBudget;
  readonly #keeps: boolean;

  constructor(budget: ByteBudget, keeps = false) {
    this.#budget = budget;
    this.#keeps = keeps;
  }

  add(bytes: number): void {
    this.bytes += bytes;
    this.#budget.changed(bytes);
  }

  giveWay(): void {
    if (this.#keeps) return;
    const half = Math.ceil(this.bytes / 2);
    this.bytes -= half;
    this.#budget.changed(-half);
  }
}

function heaps(limit: number, ...keeps: readonly boolean[]) {
  const budget = new ByteBudget(limit);
  const all = keeps.map((keep) => {
    const heap = new Heap(budget, keep);
    return { heap, place: budget.join(heap) };
  });
  return { budget, all };
}

test("who keeps most gives way, as often as it takes", () => {
  const { budget, all } = heaps(100, false, false);
  const [small, large] = all.map(({ heap }) => heap);
  small!.add(10);
  large!.add(90);
  assert.deepEqual([small!.bytes, large!.bytes], [10, 90]);
  large!.add(300);
  assert.deepEqual([small!.bytes, large!.bytes, budget.bytes], [10, 48, 58]);
});

test("who cannot give way is asked once, and the next one then", () => {
  const { budget, all } = heaps(100, true, false);
  const [stubborn, other] = all.map(({ heap }) => heap);
  other!.add(40);
  stubborn!.add(90);
  assert.deepEqual([stubborn!.bytes, other!.bytes, budget.bytes], [90, 10, 100]);
});

test("who leaves takes its bytes along, once", () => {
  const { budget, all } = heaps(100, false, false);
  all[0]!.heap.add(60);
  all[1]!.heap.add(30);
  all[0]!.place[Symbol.dispose]();
  all[0]!.place[Symbol.dispose]();
  assert.equal(budget.bytes, 30);
});
