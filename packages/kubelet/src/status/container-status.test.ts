import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1ContainerStatus, V1Pod } from "@dingi/api";
import type { ContainerStatus } from "@dingi/cri";
import { CONTAINER_NAME_LABEL, RESTART_COUNT_ANNOTATION } from "../runtime/labels.ts";
import type { PodRuntime } from "../runtime/pod-runtime.ts";
import { containerStatuses, type ContainerStatusInput } from "./container-status.ts";

const START_MS = Date.parse("2026-01-01T00:00:00Z");

function attempt(number: number, more: Partial<ContainerStatus> = {}): ContainerStatus {
  return {
    id: `id-${number}`,
    metadata: { name: "main", attempt: number },
    state: "CONTAINER_RUNNING",
    createdAtMs: START_MS,
    startedAtMs: START_MS,
    finishedAtMs: 0,
    exitCode: 0,
    image: { image: "sha256:1", userSpecifiedImage: "web:1" },
    imageRef: "sha256:1",
    imageId: "sha256:1",
    reason: "",
    message: "",
    labels: { [CONTAINER_NAME_LABEL]: "main" },
    annotations: { [RESTART_COUNT_ANNOTATION]: String(number) },
    mounts: [],
    logPath: "",
    ...more,
  } as ContainerStatus;
}

const exited = (number: number, exitCode: number): ContainerStatus =>
  attempt(number, { state: "CONTAINER_EXITED", exitCode, finishedAtMs: START_MS + 5_000 });

interface Given extends Partial<Omit<ContainerStatusInput, "pod" | "runtime">> {
  readonly attempts?: readonly ContainerStatus[];
  readonly previous?: Partial<V1ContainerStatus>;
  readonly init?: boolean;
  readonly pod?: V1Pod;
}

function statusOf({ attempts = [], previous, init = false, ...more }: Given): V1ContainerStatus {
  const known = previous ? [{ name: "main", ...previous }] : [];
  const containers = [{ name: "main", image: "web:1" }];
  const pod = {
    metadata: {},
    spec: init ? { initContainers: containers, containers: [] } : { containers },
    status: { [init ? "initContainerStatuses" : "containerStatuses"]: known },
  } as unknown as V1Pod;
  const input: ContainerStatusInput = {
    pod,
    runtime: { containers: attempts, sandboxes: [] } as unknown as PodRuntime,
    waiting: new Map(),
    ready: () => true,
    started: () => true,
    terminationMessages: new Map(),
    runtimeName: "containerd",
    ...more,
  };
  return containerStatuses(input, init ? "initContainers" : "containers")[0]!;
}

test("a container that runs", () => {
  const status = statusOf({ attempts: [attempt(0)] });
  assert.deepEqual(status.state, { running: { startedAt: "2026-01-01T00:00:00Z" } });
  assert.deepEqual(
    [status.ready, status.started, status.restartCount, status.containerID, status.image],
    [true, true, 0, "containerd://id-0", "web:1"],
  );
  assert.equal(statusOf({ attempts: [attempt(0)], ready: () => false }).ready, false);
});

test("one that was restarted tells how the former attempt ended", () => {
  const status = statusOf({ attempts: [attempt(3), exited(2, 9)] });
  assert.equal(status.restartCount, 3);
  assert.equal(status.lastState?.terminated?.exitCode, 9);
  assert.ok(status.state?.running);
});

test("one that waits to be restarted shows its end as the last state", () => {
  const waiting = new Map([["main", { reason: "CrashLoopBackOff", message: "back-off 10s" }]]);
  const status = statusOf({ attempts: [exited(1, 2), exited(0, 1)], waiting });
  assert.equal(status.state?.waiting?.reason, "CrashLoopBackOff");
  assert.equal(status.lastState?.terminated?.exitCode, 2);
  assert.deepEqual([status.ready, status.started], [false, false]);
});

test("how one ended: code, reason, times, message", () => {
  const terminationMessages = new Map([["id-0", "said last"]]);
  const { state } = statusOf({ attempts: [exited(0, 1)], terminationMessages });
  assert.deepEqual(state?.terminated, {
    exitCode: 1,
    reason: "Error",
    message: "said last",
    startedAt: "2026-01-01T00:00:00Z",
    finishedAt: "2026-01-01T00:00:05Z",
    containerID: "containerd://id-0",
  });
  assert.equal(statusOf({ attempts: [exited(0, 0)] }).state?.terminated?.reason, "Completed");
  const lost = statusOf({ attempts: [attempt(0, { state: "CONTAINER_UNKNOWN" })] });
  assert.equal(lost.state?.terminated?.exitCode, 137, "nobody knows how it ended");
});

test("one that was not created yet says why, and keeps what the pod told of it before", () => {
  assert.equal(statusOf({}).state?.waiting?.reason, "ContainerCreating");
  assert.equal(statusOf({ init: true }).state?.waiting?.reason, "PodInitializing");
  const waiting = new Map([["main", { reason: "ErrImagePull", message: "no such image" }]]);
  assert.deepEqual(statusOf({ waiting }).state?.waiting, { reason: "ErrImagePull", message: "no such image" });
  const previous = { restartCount: 4, state: { terminated: { exitCode: 3 } } };
  const again = statusOf({ previous });
  assert.deepEqual([again.restartCount, again.lastState?.terminated?.exitCode], [4, 3]);
});

test("an init container is ready once it has succeeded", () => {
  assert.equal(statusOf({ init: true, attempts: [exited(0, 0)] }).ready, true);
  assert.equal(statusOf({ init: true, attempts: [exited(0, 1)] }).ready, false);
});

test("an init container is ready once it is through, not while it runs", () => {
  assert.equal(statusOf({ init: true, attempts: [attempt(0)] }).ready, false);
  assert.equal(statusOf({ init: true, attempts: [exited(0, 1)] }).ready, false);
  assert.equal(statusOf({ init: true, attempts: [exited(0, 0)] }).ready, true);
});

test("the last words of all containers share what a status has room for", () => {
  const containers = Array.from({ length: 7 }, (_, at) => ({ name: at === 0 ? "main" : `c${at}` }));
  const pod = { metadata: {}, spec: { containers, initContainers: [{ name: "i" }] }, status: {} } as unknown as V1Pod;
  const said = (text: string) => {
    const terminationMessages = new Map([["id-0", text]]);
    return statusOf({ attempts: [exited(0, 1)], terminationMessages, pod }).state?.terminated?.message;
  };
  assert.equal(said("x".repeat(1536)), "x".repeat(1536));
  assert.equal(said("x".repeat(4096)), "x".repeat(1536));
  assert.equal(said(`x${"é".repeat(2000)}`), `x${"é".repeat(767)}`, "no half of a character");
});
