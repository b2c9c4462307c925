import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Container, V1Pod } from "@dingi/api";
import { POD_LEVEL, PodResources } from "./pod-resources.ts";

const podOf = (cpu: string, more: Partial<V1Container> = {}, status: V1Pod["status"] = {}): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { uid: "u" },
  spec: { containers: [{ name: "a", resources: { requests: { cpu } }, ...more }] },
  status,
});
const cpuOf = (pod: V1Pod) => pod.spec.containers[0]!.resources?.requests?.["cpu"];

test("keeps what was allocated until more is, and what was given until it is", () => {
  const resources = new PodResources(podOf("1"));
  const wish = podOf("2");
  assert.equal(cpuOf(resources.allocated(wish)), "1");
  assert.equal(resources.asksForMore(wish), true);
  resources.allocate(wish);
  assert.equal(resources.asksForMore(wish), false);
  assert.equal(resources.allocated(wish), wish);
  assert.equal(cpuOf(resources.actuatedPod(wish)), "1");
  assert.equal(resources.isBehind("a"), true);
  resources.actuate("a");
  assert.equal(resources.isBehind("a"), false);
});

test("the same amount in other words is no change", () => {
  assert.equal(new PodResources(podOf("1")).asksForMore(podOf("1000m")), false);
});

test("after a restart, the pod's status says what its containers have", () => {
  const status = { containerStatuses: [{ name: "a", state: { running: {} }, resources: { requests: { cpu: "1" } } }] };
  const resources = new PodResources(podOf("2", {}, status as never));
  assert.equal(resources.asksForMore(podOf("2")), true);
  const ended = { containerStatuses: [{ ...status.containerStatuses[0], state: { terminated: {} } }] };
  assert.equal(new PodResources(podOf("2", {}, ended as never)).asksForMore(podOf("2")), false);
});

test("starts again what is to be started for a resource that changed, and only then", () => {
  const policy = (resourceName: string) => ({ resizePolicy: [{ resourceName, restartPolicy: "RestartContainer" }] });
  const needs = (resourceName: string) => {
    const resources = new PodResources(podOf("1"));
    const wish = podOf("2", policy(resourceName));
    resources.allocate(wish);
    return resources.needsRestart(wish.spec.containers[0]!);
  };
  assert.equal(needs("cpu"), true);
  assert.equal(needs("memory"), false);
});

test("what the pod asks for as a whole is kept, given and told like a container's", () => {
  const whole = (cpu: string, status: V1Pod["status"] = {}): V1Pod => {
    const pod = podOf("1", {}, status);
    return { ...pod, spec: { ...pod.spec, resources: { limits: { cpu } } } };
  };
  const resources = new PodResources(whole("2"));
  const wish = whole("3");
  assert.deepEqual(resources.allocated(wish).spec.resources, { limits: { cpu: "2" } });
  resources.allocate(wish);
  assert.equal(resources.isBehind(POD_LEVEL), true);
  assert.equal(resources.isBehind("a"), false);
  resources.actuate(POD_LEVEL);
  assert.deepEqual(resources.actuatedPod(wish).spec.resources, { limits: { cpu: "3" } });
  const after = new PodResources(whole("3", { resources: { limits: { cpu: "2" } } }));
  assert.equal(after.asksForMore(wish), true);
});
