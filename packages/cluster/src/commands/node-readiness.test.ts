import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Lease, V1Node } from "@dingi/api";
import type { Part } from "../supervisor/status.ts";
import { isReady } from "./node-readiness.ts";

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, 0) + ms);
const wireSecond = (ms: number) => at(ms).toISOString().replace(/\.\d+/, "");

function node(heartbeatMs: number, status = "True", taints: readonly string[] = []): V1Node {
  const condition = { type: "Ready", status, lastHeartbeatTime: wireSecond(heartbeatMs) };
  const spec = { taints: taints.map((key) => ({ key, effect: "NoSchedule" })) };
  return { metadata: { name: "a" }, spec, status: { conditions: [condition] } } as unknown as V1Node;
}

const lease = (ms: number) => ({ spec: { renewTime: at(ms).toISOString() } }) as unknown as V1Lease;
const agent = (startMs: number, state: Part["state"] = "serving"): Part => ({
  role: "agent",
  node: "a",
  pid: 1,
  address: "",
  state,
  startedMs: at(startMs).getTime(),
});

test("a node is ready when the kubelet of now says so", () => {
  assert.equal(isReady(node(5_400), lease(5_450), agent(5_000)), true);
  assert.equal(isReady(node(65_000), lease(61_000), agent(5_000)), true, "long after its start, too");
  assert.equal(isReady(node(5_700), lease(5_650), agent(5_600)), true, "its first second is cut off on the wire");
});

test("what a kubelet of before said counts for nothing", () => {
  assert.equal(isReady(node(1_000), lease(2_000), agent(5_000)), false, "nothing is new");
  assert.equal(isReady(node(1_000), lease(5_500), agent(5_000)), false, "it lives, and has not said how it is");
  assert.equal(isReady(node(5_200), lease(5_300), agent(5_600)), false, "said in the second of the start, but before");
});

test("a node that says otherwise, is kept free, or has no agent, is not ready", () => {
  assert.equal(isReady(node(5_400, "False"), lease(5_450), agent(5_000)), false);
  assert.equal(isReady(node(5_400, "Unknown"), lease(5_450), agent(5_000)), false);
  assert.equal(isReady(node(5_400, "True", ["node.kubernetes.io/not-ready"]), lease(5_450), agent(5_000)), false);
  assert.equal(isReady(node(5_400), lease(5_450), undefined), false);
  assert.equal(isReady(node(5_400), lease(5_450), agent(5_000, "waiting")), false);
  assert.equal(isReady(node(5_400), undefined, agent(5_000)), false);
});
