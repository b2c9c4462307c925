import assert from "node:assert/strict";
import { test } from "node:test";
import type { Part } from "../supervisor/status.ts";
import { problemOf } from "./wait-for-cluster.ts";

const part = (change: Partial<Part>): Part => ({ role: "control-plane", node: "", pid: 1, address: "", ...change });

test("a part that ended some times without serving is given up, with its last words", () => {
  const waiting = part({ state: "waiting", failures: 3, reason: "The store is damaged" });
  assert.equal(problemOf(waiting), "The control plane ended 3 times without serving. The store is damaged");
  assert.equal(
    problemOf({ ...waiting, role: "agent", node: "one-1", state: "starting", failures: 4 }),
    'The agent of node "one-1" ended 4 times without serving. The store is damaged',
  );
});

test("one that may still come, or serves, is waited for", () => {
  assert.equal(problemOf(undefined), undefined);
  assert.equal(problemOf(part({ state: "starting" })), undefined);
  assert.equal(problemOf(part({ state: "waiting", failures: 2, reason: "The port is taken" })), undefined);
  assert.equal(problemOf(part({ state: "serving", failures: 5, reason: "of before" })), undefined);
});
