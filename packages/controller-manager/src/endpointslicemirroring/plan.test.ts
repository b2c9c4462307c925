import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Endpoints, V1EndpointSlice, V1EndpointSubset } from "@dingi/api";
import { isMirrored, mirroredMetadata, planMirrors, type Mirror } from "./plan.ts";

const endpointsOf = (subsets: V1EndpointSubset[], metadata: V1Endpoints["metadata"] = {}): V1Endpoints => ({
  apiVersion: "v1",
  kind: "Endpoints",
  metadata: { name: "custom", namespace: "ns", uid: "u", ...metadata },
  subsets,
});
const sliceOf = (mirror: Mirror, endpoints: V1Endpoints): V1EndpointSlice => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { ...mirroredMetadata(endpoints), name: "custom-1" },
  ...mirror,
});
const HTTP = [{ port: 80, protocol: "TCP" }];

test("makes a slice for each set of ports and family of addresses", () => {
  const plan = planMirrors(
    endpointsOf([
      { addresses: [{ ip: "10.1.2.3" }, { ip: "fd00::1" }], notReadyAddresses: [{ ip: "10.1.2.4" }], ports: HTTP },
      { addresses: [{ ip: "10.1.2.3" }], ports: [{ name: "dns", port: 53, protocol: "UDP" }] },
      { addresses: [{ ip: "not an address" }], ports: HTTP },
    ]),
    [],
  );
  assert.deepEqual(
    plan.create.map(({ addressType, ports, endpoints }) => [
      addressType,
      ports[0]!.port,
      endpoints.map(({ addresses, conditions }) => `${addresses[0]} ${conditions?.ready}`),
    ]),
    [
      ["IPv4", 80, ["10.1.2.3 true", "10.1.2.4 false"]],
      ["IPv6", 80, ["fd00::1 true"]],
      ["IPv4", 53, ["10.1.2.3 true"]],
    ],
  );
  assert.equal(plan.invalid, 1);
});

test("leaves what is right, writes again what is not, and reuses what is not wanted", () => {
  const before = endpointsOf([{ addresses: [{ ip: "10.1.2.3" }], ports: HTTP }]);
  const slice = sliceOf(planMirrors(before, []).create[0]!, before);
  const nothing = { create: [], update: [], remove: [], invalid: 0, surplus: 0 };
  assert.deepEqual(planMirrors(before, [slice]), nothing);
  const labelled = endpointsOf(before.subsets as V1EndpointSubset[], { labels: { a: "b" } });
  assert.equal(planMirrors(labelled, [slice]).update.length, 1);
  const moved = endpointsOf([{ addresses: [{ ip: "10.1.2.3" }], ports: [{ port: 81, protocol: "TCP" }] }]);
  const plan = planMirrors(moved, [slice]);
  assert.deepEqual([plan.create.length, plan.update[0]?.[1].ports[0]?.port, plan.remove.length], [0, 81, 0]);
  assert.deepEqual(planMirrors(endpointsOf([]), [slice]).remove, [slice]);
});

test("leaves out what one slice cannot take", () => {
  const addresses = Array.from({ length: 1002 }, (_, i) => ({ ip: `10.0.${i >> 8}.${i & 255}` }));
  const plan = planMirrors(endpointsOf([{ addresses, ports: HTTP }]), []);
  assert.deepEqual([plan.create[0]!.endpoints.length, plan.surplus], [1000, 2]);
});

test("copies labels and annotations, but for what is about the endpoints alone", () => {
  const { annotations, labels } = mirroredMetadata(
    endpointsOf([], {
      labels: { a: "b" },
      annotations: { c: "d", "endpoints.kubernetes.io/last-change-trigger-time": "now" },
    }),
  );
  assert.deepEqual(annotations, { c: "d" });
  assert.deepEqual(labels, {
    a: "b",
    "kubernetes.io/service-name": "custom",
    "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
  });
});

test("mirrors no locks, and nothing that asks for none", () => {
  assert.equal(isMirrored(endpointsOf([])), true);
  assert.equal(isMirrored(endpointsOf([], { labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } })), false);
  assert.equal(
    isMirrored(endpointsOf([], { annotations: { "control-plane.alpha.kubernetes.io/leader": "{}" } })),
    false,
  );
});
