import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod, V1Service } from "@dingi/api";
import { endpointOf, portsOf } from "./plan.ts";

const service: V1Service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "s", namespace: "ns" },
  spec: { ports: [{ port: 80, targetPort: "web" }] },
  status: {},
};
const podOf = (metadata: V1Pod["metadata"], ready: boolean): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata,
  spec: { containers: [{ name: "a", ports: [{ name: "web", containerPort: 8080 }] }] },
  status: {
    phase: "Running",
    podIPs: [{ ip: "10.0.0.1" }],
    conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
  },
});

test("an endpoint is ready while its pod is and does not end", () => {
  const conditions = (pod: V1Pod) => endpointOf(pod, service, undefined)?.conditions;
  assert.deepEqual(conditions(podOf({}, true)), { ready: true, serving: true, terminating: false });
  assert.deepEqual(conditions(podOf({}, false)), { ready: false, serving: false, terminating: false });
  const ending = podOf({ deletionTimestamp: "2026-01-01T00:00:00Z" }, true);
  assert.deepEqual(conditions(ending), { ready: false, serving: true, terminating: true });
  assert.equal(endpointOf({ ...podOf({}, true), status: {} }, service, undefined), undefined);
});

test("looks up the names of ports on the pod", () => {
  assert.deepEqual(portsOf(service, podOf({}, true)), [{ name: "", port: 8080, protocol: "TCP" }]);
});
