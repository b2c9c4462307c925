import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldErrorText, type Draft } from "@dingi/apimachinery";
import { initIpFamilies, keepAllocated, normalizeClusterIps, type V1Service, type V1ServiceSpec } from "./index.ts";

const serviceOf = (spec: Partial<V1ServiceSpec>): Draft<V1Service> =>
  ({ metadata: { name: "s" }, spec: { type: "ClusterIP", ...spec }, status: {} }) as Draft<V1Service>;

test("what was allocated is kept where a writer leaves it out", () => {
  const old = serviceOf({
    type: "NodePort",
    clusterIP: "10.0.0.1",
    clusterIPs: ["10.0.0.1"],
    ports: [
      { name: "a", port: 1, nodePort: 30001 },
      { name: "b", port: 2, nodePort: 30002 },
    ],
  });
  const service = serviceOf({
    type: "NodePort",
    ports: [
      { name: "b", port: 2 },
      { name: "c", port: 3, nodePort: 30001 },
    ],
  });
  keepAllocated(service, old as V1Service);
  assert.equal(service.spec.clusterIP, "10.0.0.1");
  assert.deepEqual(service.spec.clusterIPs, ["10.0.0.1"]);
  assert.deepEqual(
    service.spec.ports!.map(({ nodePort }) => nodePort),
    [30002, 30001],
  );
});

test("clients that know one of clusterIP and clusterIPs do not lose the other", () => {
  const created = serviceOf({ clusterIP: "10.0.0.1" });
  normalizeClusterIps(created);
  assert.deepEqual(created.spec.clusterIPs, ["10.0.0.1"]);
  const old = serviceOf({ clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1"] }) as V1Service;
  const cleared = serviceOf({ clusterIP: "", clusterIPs: ["10.0.0.1"] });
  normalizeClusterIps(cleared, old);
  assert.equal(cleared.spec.clusterIPs, undefined);
  const changed = serviceOf({ clusterIP: "10.0.0.2", clusterIPs: ["10.0.0.1"] });
  normalizeClusterIps(changed, old);
  assert.deepEqual(changed.spec.clusterIPs, ["10.0.0.2"]);
});

test("families follow the policy, the addresses and the cluster", () => {
  const plain = serviceOf({});
  assert.deepEqual(initIpFamilies(plain, undefined, ["IPv4"]), []);
  assert.deepEqual([plain.spec.ipFamilyPolicy, plain.spec.ipFamilies], ["SingleStack", ["IPv4"]]);
  const dual = serviceOf({ ipFamilyPolicy: "PreferDualStack" });
  initIpFamilies(dual, undefined, ["IPv6", "IPv4"]);
  assert.deepEqual(dual.spec.ipFamilies, ["IPv6", "IPv4"]);
  const headless = serviceOf({ clusterIP: "None", clusterIPs: ["None"] });
  initIpFamilies(headless, undefined, ["IPv4"]);
  assert.deepEqual([headless.spec.ipFamilyPolicy, headless.spec.ipFamilies], ["RequireDualStack", ["IPv4", "IPv6"]]);
});

test("what the cluster cannot give is refused", () => {
  const texts = (spec: Partial<V1ServiceSpec>, old?: V1Service): string[] =>
    initIpFamilies(serviceOf(spec), old, ["IPv4"]).map(fieldErrorText);
  assert.match(texts({ ipFamilyPolicy: "RequireDualStack" })[0]!, /not configured for dual-stack services$/);
  assert.match(texts({ ipFamilies: ["IPv6"] })[0]!, /^spec\.ipFamilies\[0\]: .* not configured on this cluster$/);
  assert.match(texts({ clusterIP: "fd00::1", clusterIPs: ["fd00::1"] })[0]!, /IPv6 is not configured on this cluster$/);
  assert.match(texts({ ipFamilyPolicy: "Odd" })[0]!, /^spec\.ipFamilyPolicy: Unsupported value/);
});

test("two families are given up only by saying so", () => {
  const old = serviceOf({
    ipFamilyPolicy: "RequireDualStack",
    ipFamilies: ["IPv4", "IPv6"],
    clusterIP: "10.0.0.1",
    clusterIPs: ["10.0.0.1", "fd00::1"],
  }) as V1Service;
  const silent = serviceOf({ ...(old.spec as object), ipFamilies: ["IPv4"], clusterIPs: ["10.0.0.1"] });
  const texts = initIpFamilies(silent, old, ["IPv4", "IPv6"]).map(fieldErrorText);
  assert.match(texts[0]!, /must be 'SingleStack' to release the secondary cluster IP$/);
  assert.match(texts[1]!, /must be 'SingleStack' to release the secondary IP family$/);
  const said = serviceOf({ ...(old.spec as object), ipFamilyPolicy: "SingleStack" });
  assert.deepEqual(initIpFamilies(said, old, ["IPv4", "IPv6"]), []);
  assert.deepEqual([said.spec.clusterIPs, said.spec.ipFamilies], [["10.0.0.1"], ["IPv4"]]);
});
