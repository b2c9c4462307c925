import assert from "node:assert/strict";
import { test } from "node:test";
import { systemRandom } from "@dingi/base";
import { NodeInfo } from "./cache/node-info.ts";
import { selectNode } from "./select-node.ts";
import { nodeOf } from "./testing/objects.ts";

const infos = ["a", "b", "c", "d"].map((name) => new NodeInfo(nodeOf({}, {}, name)));

/** The name that is chosen, and among how many chance was asked each time. */
function chosen(scores: number[], ...answers: number[]): [string, number[]] {
  const asked: number[] = [];
  const int = (below: number) => (asked.push(below), answers.shift() ?? 1);
  return [selectNode(infos, scores, { ...systemRandom, int }).name, asked];
}

test("the best is taken without chance, the more equals there are the less likely the next", () => {
  assert.deepEqual(chosen([1, 3, 2, 0]), ["b", []]);
  assert.deepEqual(chosen([3, 2, 1, 0]), ["a", []]);
  assert.deepEqual(chosen([2, 2, 2, 2]), ["a", [2, 3, 4]]);
  assert.deepEqual(chosen([2, 2, 2, 2], 1, 0, 1), ["c", [2, 3, 4]]);
  assert.deepEqual(chosen([1, 1, 2, 2]), ["c", [2, 2]]);
});
