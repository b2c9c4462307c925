import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Container, V1Pod, V1Service } from "@dingi/api";
import { expand } from "./expansion.ts";
import { FieldReferenceError, fieldValue, resourceValue } from "./field-reference.ts";
import { hostsFile } from "./hosts-file.ts";
import { containerResources, milliCpuToQuotaUs, milliCpuToShares, pageSizeText, podCgroup } from "./resources.ts";
import { podDns } from "./sandbox-config.ts";
import { serviceEnvironment } from "./service-environment.ts";

const podOf = (spec: Partial<V1Pod["spec"]> = {}): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", namespace: "ns", uid: "u", labels: { b: "2", a: "1" } },
  spec: { containers: [{ name: "a" }], ...spec },
  status: {},
});
const node = { podIps: ["10.0.0.1"], hostIps: ["192.0.2.1"], allocatableCpuMilli: 2000, allocatableMemoryBytes: 1024 };

test("expands known names, keeps unknown ones and escapes", () => {
  const lookup = (name: string) => ({ A: "x" })[name];
  assert.equal(expand("$(A)-$(B)-$$(A)-$A", lookup), "x-$(B)-$(A)-$A");
});

test("reads fields of the pod", () => {
  const read = (fieldPath: string) => fieldValue(podOf(), { fieldPath }, node);
  assert.equal(read("metadata.labels['b']"), "2");
  assert.equal(read("metadata.labels"), 'a="1"\nb="2"');
  assert.equal(read("status.podIP"), "10.0.0.1");
  assert.throws(() => read("spec.nope"), FieldReferenceError);
});

test("reads resources in units of the divisor; without a limit what the node has", () => {
  const pod = podOf({ containers: [{ name: "a", resources: { requests: { cpu: "1500m" } } }] });
  assert.equal(resourceValue(pod, { resource: "requests.cpu" }, "a", node), "2");
  assert.equal(resourceValue(pod, { resource: "requests.cpu", divisor: "1m" }, "a", node), "1500");
  assert.equal(resourceValue(pod, { resource: "limits.memory" }, "a", node), "1024");
  assert.throws(() => resourceValue(pod, { resource: "limits.cpu" }, "b", node), FieldReferenceError);
});

test("writes the hosts file with the full name and aliases", () => {
  const text = hostsFile(
    podOf({ hostname: "h", subdomain: "s", hostAliases: [{ ip: "1.2.3.4", hostnames: ["x", "y"] }] }),
    ["10.0.0.1"],
    "cluster.local",
  );
  assert.ok(text.includes("10.0.0.1\th.s.ns.svc.cluster.local\th\n"));
  assert.ok(text.endsWith("1.2.3.4\tx\ty\n"));
});

const NODE = { memoryBytes: 2 ** 30, hugePageSizes: [], swapControl: "none" } as const;

test("a container has the huge pages that it or its pod asks for, and no others", () => {
  const node = { ...NODE, hugePageSizes: ["2MB", "1GB", "64KB"] };
  const limitsOf = (pod: Readonly<Record<string, string>>, container: Readonly<Record<string, string>>) =>
    containerResources(
      podOf({ resources: { limits: pod } }),
      { name: "a", resources: { limits: container } },
      node,
    ).hugepageLimits?.map(({ pageSize, limit }) => `${pageSize} ${limit}`);
  assert.deepEqual(limitsOf({}, {}), ["2MB 0", "1GB 0", "64KB 0"]);
  const both = { "hugepages-2Mi": "4Mi", "hugepages-1Gi": "1Gi" };
  assert.deepEqual(limitsOf({}, both), ["2MB 4194304", "1GB 1073741824", "64KB 0"]);
  assert.deepEqual(limitsOf(both, { "hugepages-2Mi": "2Mi" }), ["2MB 2097152", "1GB 1073741824", "64KB 0"]);
  assert.equal(containerResources(podOf(), { name: "a" }, NODE).hugepageLimits, undefined, "where there are none");
});

test("no container swaps, where the kernel can keep it from that", () => {
  const limited = { name: "a", resources: { limits: { memory: "1Mi" } } };
  const swapOf = (swapControl: "unified" | "legacy" | "none", container: V1Container) => {
    const { unified, memorySwapLimitInBytes } = containerResources(podOf(), container, { ...NODE, swapControl });
    return unified?.["memory.swap.max"] ?? memorySwapLimitInBytes;
  };
  assert.equal(swapOf("unified", { name: "a" }), "0");
  assert.equal(swapOf("legacy", limited), 2 ** 20);
  assert.equal(swapOf("legacy", { name: "a" }), undefined);
  assert.equal(swapOf("none", limited), undefined);
});

test("names sizes of pages as cgroups do", () => {
  assert.deepEqual([2 ** 16, 2 ** 21, 2 ** 24, 2 ** 30].map(pageSizeText), ["64KB", "2MB", "16MB", "1GB"]);
});

test("turns cpu into shares and quota", () => {
  assert.deepEqual([0, 1, 1000].map(milliCpuToShares), [2, 2, 1024]);
  assert.deepEqual([0, 1, 500].map(milliCpuToQuotaUs), [0, 1000, 50_000]);
});

test("limits a container, and places its pod by class", () => {
  const resources = { limits: { cpu: "500m", memory: "1Mi" }, requests: { cpu: "500m", memory: "1Mi" } };
  const container = { name: "a", resources };
  const pod = podOf({ containers: [container] });
  assert.deepEqual(containerResources(pod, container, NODE), {
    cpuShares: 512,
    cpuPeriod: 100_000,
    cpuQuota: 50_000,
    memoryLimitInBytes: 2 ** 20,
    oomScoreAdj: -997,
  });
  assert.equal(podCgroup("", pod), "/kubepods/podu");
  assert.equal(podCgroup("", podOf()), "/kubepods/besteffort/podu");
});

test("names services in the environment", () => {
  const service = (name: string, namespace: string, clusterIP: string): V1Service => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { clusterIP, ports: [{ name: "web", port: 80 }] },
    status: {},
  });
  const services = [
    service("my-db", "ns", "10.1.0.1"),
    service("x", "ns", "None"),
    service("kubernetes", "default", "10.1.0.2"),
  ];
  const all = serviceEnvironment(services, "ns", true);
  assert.equal(all.get("MY_DB_SERVICE_HOST"), "10.1.0.1");
  assert.equal(all.get("MY_DB_SERVICE_PORT_WEB"), "80");
  assert.equal(all.get("MY_DB_PORT_80_TCP"), "tcp://10.1.0.1:80");
  assert.equal(all.has("X_SERVICE_HOST"), false);
  const few = serviceEnvironment(services, "ns", false);
  assert.deepEqual([few.has("MY_DB_SERVICE_HOST"), few.get("KUBERNETES_SERVICE_HOST")], [false, "10.1.0.2"]);
});

test("asks the cluster's resolver, and adds the pod's own settings", () => {
  const dns = {
    clusterDns: ["10.1.0.10"],
    clusterDomain: "cluster.local",
    node: { servers: ["9.9.9.9"], searches: [], options: [] },
  };
  const cluster = podDns(podOf({ dnsPolicy: "ClusterFirst" }), dns);
  assert.deepEqual(cluster.servers, ["10.1.0.10"]);
  assert.equal(cluster.searches?.[0], "ns.svc.cluster.local");
  assert.deepEqual(podDns(podOf({ dnsPolicy: "Default" }), dns).servers, ["9.9.9.9"]);
  const own = podDns(
    podOf({ dnsPolicy: "ClusterFirst", dnsConfig: { options: [{ name: "ndots", value: "1" }] } }),
    dns,
  );
  assert.deepEqual(own.options, ["ndots:1"]);
});
