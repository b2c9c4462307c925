import assert from "node:assert/strict";
import { test } from "node:test";
import { containerOf, podOf } from "../../testing/objects.ts";
import { computePodQos, podQos } from "./index.ts";

const full = { cpu: "1", memory: "1Gi" };
const guaranteed = containerOf("a", full, { resources: { requests: full, limits: full } });

test("guaranteed where every container is limited to its requests", () => {
  assert.equal(computePodQos(podOf({ containers: [guaranteed, { ...guaranteed, name: "b" }] })), "Guaranteed");
  const same = { requests: { cpu: "1000m", memory: "1024Mi" }, limits: full };
  assert.equal(computePodQos(podOf({ containers: [{ ...guaranteed, resources: same }] })), "Guaranteed");
});

test("burstable between the two", () => {
  assert.equal(computePodQos(podOf({ containers: [guaranteed, containerOf("b")] })), "Burstable");
  assert.equal(computePodQos(podOf({ containers: [containerOf("a", { cpu: "1m" })] })), "Burstable");
  assert.equal(computePodQos(podOf({ containers: [containerOf("a")], initContainers: [guaranteed] })), "Burstable");
});

test("best effort where nothing is asked for", () => {
  assert.equal(computePodQos(podOf({ containers: [containerOf("a")] })), "BestEffort");
  assert.equal(computePodQos(podOf({ containers: [containerOf("a", { cpu: "0" })] })), "BestEffort");
});

test("a pod's own resources decide alone, and a recorded class stays", () => {
  const resources = { requests: full, limits: full };
  assert.equal(computePodQos(podOf({ resources, containers: [containerOf("a", { cpu: "1m" })] })), "Guaranteed");
  assert.equal(podQos(podOf({ containers: [] }, { qosClass: "Burstable" })), "Burstable");
});
