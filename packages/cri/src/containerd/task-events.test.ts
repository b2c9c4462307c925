import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "@dingi/grpc";
import { TaskExit, TaskStart } from "./event-messages.ts";
import { runtimeEventOf } from "./task-events.ts";

const envelope = (topic: string, value: Uint8Array, namespace = "k8s.io") => ({
  namespace,
  topic,
  event: { typeUrl: "", value },
});

test("a container's start, exit and lack of memory are events", () => {
  const one = encode(TaskStart, { containerId: "c" });
  const exit = encode(TaskExit, { containerId: "c", id: "c", exitStatus: 137 });
  assert.deepEqual(runtimeEventOf(envelope("/tasks/start", one)), { type: "started", id: "c" });
  assert.deepEqual(runtimeEventOf(envelope("/tasks/oom", one)), { type: "oom", id: "c" });
  assert.deepEqual(runtimeEventOf(envelope("/tasks/exit", exit)), { type: "exited", id: "c", exitCode: 137 });
});

test("executions, other namespaces and other topics are not", () => {
  const execution = encode(TaskExit, { containerId: "c", id: "probe", exitStatus: 1 });
  assert.equal(runtimeEventOf(envelope("/tasks/exit", execution)), undefined);
  assert.equal(runtimeEventOf(envelope("/tasks/start", encode(TaskStart, { containerId: "c" }), "moby")), undefined);
  assert.equal(runtimeEventOf(envelope("constructor", new Uint8Array())), undefined);
  assert.equal(runtimeEventOf({ namespace: "k8s.io", topic: "/tasks/start", event: undefined }), undefined);
});
