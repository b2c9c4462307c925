import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Container, V1Pod, V1PodSpec } from "@dingi/api";
import { containerResources, podCgroup, podCgroupResources } from "./resources.ts";

const GI = 2 ** 30;
const NODE = { memoryBytes: 10 * GI, hugePageSizes: [], swapControl: "none" } as const;
type Amounts = Record<string, string>;
const container = (name: string, requests?: Amounts, limits?: Amounts): V1Container => ({
  name,
  image: "i",
  resources: { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) },
});
const podOf = (containers: V1Container[], spec: Partial<V1PodSpec> = {}): V1Pod => ({
  metadata: { name: "p", uid: "u" },
  spec: { containers, ...spec },
  status: {},
});
const of = (one: V1Container, spec: Partial<V1PodSpec> = {}, node: Parameters<typeof containerResources>[2] = NODE) =>
  containerResources(podOf([one, container("other")], spec), one, node);

test("a container that asks for nothing has the least, and is the first to go", () => {
  assert.deepEqual(of(container("a")), { cpuShares: 2, oomScoreAdj: 1000 });
});

test("requests are shares, limits are quotas, and a limit alone is a request, too", () => {
  const asked = of(container("a", { cpu: "500m", memory: "1Gi" }, { cpu: "2", memory: "2Gi" }));
  assert.deepEqual(asked, {
    cpuShares: 512,
    cpuPeriod: 100_000,
    cpuQuota: 200_000,
    memoryLimitInBytes: 2 * GI,
    oomScoreAdj: 900,
  });
  assert.equal(of(container("a", undefined, { cpu: "1" })).cpuShares, 1024);
  assert.equal(of(container("a", undefined, { cpu: "5m" })).cpuQuota, 1000);
  assert.equal(of(container("a", { cpu: "1m" })).cpuShares, 2);
  assert.equal(of(container("a", { cpu: "1000" })).cpuShares, 262_144);
});

test("what a container does not limit its pod does", () => {
  const resources = { limits: { cpu: "4", memory: "4Gi", "example.org/gpu": "1" } };
  const shared = of(container("a", { cpu: "1" }), { resources });
  assert.deepEqual([shared.cpuQuota, shared.memoryLimitInBytes], [400_000, 4 * GI]);
  const own = of(container("a", { cpu: "1" }, { cpu: "2" }), { resources });
  assert.deepEqual([own.cpuQuota, own.memoryLimitInBytes], [200_000, 4 * GI]);
});

test("who goes first when memory is short", () => {
  const score = (memory: string, spec: Partial<V1PodSpec> = {}) => of(container("a", { memory }), spec).oomScoreAdj;
  assert.equal(score("1Gi"), 900);
  assert.equal(score("1"), 999);
  assert.equal(score("10Gi"), 3);
  assert.equal(score("1Gi", { priority: 2_000_001_000 }), -997);
  assert.equal(score("1Gi", { priority: 2_000_000_999 }), 900);
  const full = { cpu: "1", memory: "1Gi" };
  const guaranteed = container("a", full, full);
  assert.equal(containerResources(podOf([guaranteed]), guaranteed, NODE).oomScoreAdj, -997);
});

test("swap is switched off as the kernel can", () => {
  const unified = { ...NODE, swapControl: "unified" } as const;
  const legacy = { ...NODE, swapControl: "legacy" } as const;
  assert.deepEqual(of(container("a"), {}, unified).unified, { "memory.swap.max": "0" });
  assert.equal(of(container("a", undefined, { memory: "1Gi" }), {}, legacy).memorySwapLimitInBytes, GI);
  assert.equal(of(container("a"), {}, legacy).memorySwapLimitInBytes, undefined);
  assert.equal(of(container("a", undefined, { memory: "1Gi" })).memorySwapLimitInBytes, undefined);
});

test("a pod's cgroup is limited where all its containers are, or it is itself", () => {
  const full = { cpu: "1", memory: "1Gi" };
  assert.deepEqual(podCgroupResources(podOf([container("a")])), { cpuShares: 2 });
  assert.deepEqual(podCgroupResources(podOf([container("a", full, full), container("b", full, full)])), {
    cpuShares: 2048,
    cpuQuotaUs: 200_000,
    memoryLimitBytes: 2 * GI,
  });
  assert.deepEqual(podCgroupResources(podOf([container("a", full, full), container("b")])), { cpuShares: 1024 });
  assert.deepEqual(podCgroupResources(podOf([container("a", full, { memory: "1Gi" })])), {
    cpuShares: 1024,
    memoryLimitBytes: GI,
  });
  const unlimited = podOf([container("a", full, full)], { initContainers: [container("i")] });
  assert.deepEqual(podCgroupResources(unlimited), { cpuShares: 1024 });
  const whole = podOf([container("a")], { resources: { limits: { cpu: "3" } } });
  assert.equal(podCgroupResources(whole).cpuQuotaUs, 300_000);
});

test("a pod lies in the cgroup of its class", () => {
  const full = { cpu: "1", memory: "1Gi" };
  assert.equal(podCgroup("/r", podOf([container("a", full, full)])), "/r/kubepods/podu");
  assert.equal(podCgroup("/r", podOf([container("a", full)])), "/r/kubepods/burstable/podu");
  assert.equal(podCgroup("/r", podOf([container("a")])), "/r/kubepods/besteffort/podu");
});
