import assert from "node:assert/strict";
import { test } from "node:test";
import { containerOf, podOf } from "../../testing/objects.ts";
import { podLimits, podRequests } from "./index.ts";

test("containers add up", () => {
  const pod = podOf({ containers: [containerOf("a", { cpu: "100m" }), containerOf("b", { cpu: "1", memory: "1Gi" })] });
  assert.deepEqual(podRequests(pod), { cpu: "1100m", memory: "1Gi" });
});

test("an init container counts where it needs more than what runs later", () => {
  const pod = podOf({
    initContainers: [containerOf("i", { cpu: "2", memory: "1Mi" })],
    containers: [containerOf("a", { cpu: "1", memory: "2Mi" })],
  });
  assert.deepEqual(podRequests(pod), { cpu: "2", memory: "2Mi" });
});

test("sidecars run beside the containers and beside the init containers after them", () => {
  const sidecar = containerOf("s", { cpu: "1" }, { restartPolicy: "Always" });
  const init = containerOf("i", { cpu: "3" });
  const containers = [containerOf("a", { cpu: "1" })];
  assert.deepEqual(podRequests(podOf({ initContainers: [sidecar, init], containers })), { cpu: "4" });
  assert.deepEqual(podRequests(podOf({ initContainers: [init, sidecar], containers })), { cpu: "3" });
});

test("a pod's own resources come first, and overhead on top", () => {
  const pod = podOf({
    resources: { requests: { cpu: "5" }, limits: { cpu: "6" } },
    overhead: { cpu: "1", memory: "1Mi" },
    containers: [containerOf("a", { cpu: "1", memory: "1Mi" })],
  });
  assert.deepEqual(podRequests(pod), { cpu: "6", memory: "2Mi" });
  assert.deepEqual(podRequests(pod, { excludeOverhead: true }), { cpu: "5", memory: "1Mi" });
  assert.deepEqual(podLimits(pod), { cpu: "7" }, "overhead without a limit is not limited");
});

test("while a resize is under way the larger counts", () => {
  const status = {
    containerStatuses: [
      {
        name: "a",
        image: "",
        imageID: "",
        ready: true,
        restartCount: 0,
        allocatedResources: { cpu: "3" },
        resources: { requests: { cpu: "2" } },
      },
    ],
  };
  const spec = { containers: [containerOf("a", { cpu: "1" })] };
  assert.deepEqual(podRequests(podOf(spec, status), { useStatus: true }), { cpu: "3" });
  assert.deepEqual(podRequests(podOf(spec, status)), { cpu: "1" });
  const infeasible = { ...status, conditions: [{ type: "PodResizePending", status: "True", reason: "Infeasible" }] };
  const wishful = { containers: [containerOf("a", { cpu: "9" })] };
  assert.deepEqual(podRequests(podOf(wishful, infeasible), { useStatus: true }), { cpu: "3" });
});

test("what is not requested can be given a figure", () => {
  const pod = podOf({ containers: [containerOf("a"), containerOf("b", { cpu: "1" })] });
  assert.deepEqual(podRequests(pod, { nonMissing: { cpu: "100m" } }), { cpu: "1100m" });
});
