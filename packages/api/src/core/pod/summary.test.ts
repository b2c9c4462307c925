import assert from "node:assert/strict";
import { test } from "node:test";
import { containerOf, podOf } from "../../testing/objects.ts";
import { summarizePod, type V1ContainerStatus, type V1PodStatus } from "./index.ts";

const of = (
  name: string,
  state: V1ContainerStatus["state"],
  rest: Partial<V1ContainerStatus> = {},
): V1ContainerStatus => ({
  name,
  image: "",
  imageID: "",
  ready: false,
  restartCount: 0,
  state,
  ...rest,
});
const spec = { containers: [containerOf("a"), containerOf("b")] };
const reasonOf = (status: V1PodStatus): string => summarizePod(podOf(spec, status)).reason;

test("the first container that does not run says why", () => {
  const up = of("a", { running: {} }, { ready: true });
  assert.equal(reasonOf({ phase: "Pending" }), "Pending");
  assert.equal(reasonOf({ phase: "Failed", reason: "Evicted" }), "Evicted");
  assert.equal(
    reasonOf({ phase: "Running", containerStatuses: [up, of("b", { waiting: { reason: "CrashLoopBackOff" } })] }),
    "CrashLoopBackOff",
  );
  const killed = of("b", { terminated: { exitCode: 137, signal: 9 } });
  assert.equal(reasonOf({ phase: "Running", containerStatuses: [up, killed] }), "Signal:9");
  const failed = of("b", { terminated: { exitCode: 2 } });
  assert.equal(reasonOf({ phase: "Running", containerStatuses: [up, failed] }), "ExitCode:2");
});

test("one that completed does not hide those that run on", () => {
  const done = of("a", { terminated: { exitCode: 0, reason: "Completed" } });
  const up = of("b", { running: {} }, { ready: true });
  const ready = [{ type: "Ready", status: "True" }];
  assert.equal(reasonOf({ phase: "Running", conditions: ready, containerStatuses: [done, up] }), "Running");
  assert.equal(reasonOf({ phase: "Running", containerStatuses: [done, up] }), "NotReady");
  assert.equal(reasonOf({ phase: "Succeeded", containerStatuses: [done, { ...done, name: "b" }] }), "Completed");
});

test("restarts add up, and the latest is told", () => {
  const ended = (finishedAt: string) => ({ terminated: { exitCode: 1, finishedAt } });
  const status = {
    containerStatuses: [
      of("a", { running: {} }, { ready: true, restartCount: 2, lastState: ended("2026-01-01T00:00:00Z") }),
      of("b", { running: {} }, { ready: true, restartCount: 1, lastState: ended("2026-01-02T00:00:00Z") }),
    ],
  };
  const { restarts, lastRestart, ready } = summarizePod(podOf(spec, status));
  assert.deepEqual(
    { restarts, lastRestart, ready },
    { restarts: 3, lastRestart: "2026-01-02T00:00:00Z", ready: "2/2" },
  );
});

test("a pod on its way out is terminating, or unknown on a lost node", () => {
  const pod = podOf(spec, { phase: "Running" });
  const metadata = { ...pod.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
  assert.equal(summarizePod({ ...pod, metadata }).reason, "Terminating");
  assert.equal(summarizePod({ ...pod, metadata, status: { phase: "Running", reason: "NodeLost" } }).reason, "Unknown");
});
