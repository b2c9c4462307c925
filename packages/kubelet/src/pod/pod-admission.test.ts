import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { admitPod, admitResize } from "./pod-admission.ts";

const podOf = (uid: string, container: Partial<V1Pod["spec"]["containers"][number]>, phase?: string): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { uid },
  spec: { containers: [{ name: "a", ...container }] },
  status: phase ? { phase } : {},
});
const cpu = (amount: string) => ({ resources: { requests: { cpu: amount } } });
const port = (hostPort: number) => ({ ports: [{ containerPort: 80, hostPort }] });
const room = { cpu: "2", pods: "2" };

test("admits what fits beside the others, not counting itself and those that ended", () => {
  const others = [podOf("a", cpu("1")), podOf("b", cpu("2"), "Succeeded"), podOf("c", cpu("1"))];
  assert.equal(admitPod(podOf("c", cpu("1")), others, room), undefined);
});

test("rejects for lack of cpu, of places, and of ports", () => {
  const reason = (pod: V1Pod, others: V1Pod[]) => admitPod(pod, others, room)?.reason;
  assert.equal(reason(podOf("b", cpu("1500m")), [podOf("a", cpu("1"))]), "OutOfcpu");
  assert.equal(reason(podOf("c", {}), [podOf("a", {}), podOf("b", {})]), "OutOfpods");
  assert.equal(reason(podOf("b", port(80)), [podOf("a", port(80))]), "NodePorts");
  assert.equal(reason(podOf("b", port(81)), [podOf("a", port(80))]), undefined);
});

test("leaves extended resources to others that the node does not know", () => {
  const pod = podOf("b", { resources: { requests: { "example.com/thing": "3" } } });
  assert.equal(admitPod(pod, [], room), undefined);
  assert.equal(admitPod(pod, [], { ...room, "example.com/thing": "2" })?.reason, "OutOfexample.com/thing");
});

test("a pod that asks for more than there is room for waits, and is told for what", () => {
  const pod = podOf("a", cpu("1500m"));
  assert.equal(admitResize(pod, [pod], room), undefined);
  assert.equal(
    admitResize(pod, [pod, podOf("b", cpu("1"))], room)?.message,
    "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000",
  );
});
