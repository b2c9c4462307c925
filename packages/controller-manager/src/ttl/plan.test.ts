import assert from "node:assert/strict";
import { test } from "node:test";
import { secondsAt, stepOf } from "./plan.ts";

test("the larger a cluster, the longer kubelets keep what they have read", () => {
  const seconds = (nodes: number) => secondsAt(stepOf(nodes, 0));
  assert.deepEqual(
    [0, 100, 101, 500, 501, 1000, 1001, 2000, 2001, 50_000].map(seconds),
    [0, 0, 15, 15, 30, 30, 60, 60, 300, 300],
  );
});

test("a node more or less does not change it back", () => {
  assert.deepEqual([stepOf(101, 0), stepOf(95, 1), stepOf(90, 1), stepOf(89, 1)], [1, 1, 1, 0]);
  assert.deepEqual([stepOf(95, 0), stepOf(3, 4)], [0, 0]);
});
