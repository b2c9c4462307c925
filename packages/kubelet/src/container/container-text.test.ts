import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Container, V1Pod, V1Service } from "@dingi/api";
import { expand } from "./expansion.ts";
import { FieldReferenceError, fieldValue, resourceValue } from "./field-reference.ts";
import { hostsFile, nodeHostsFile } from "./hosts-file.ts";
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

test("each field of a pod that may be read", () => {
  const pod: V1Pod = {
    ...podOf({ nodeName: "n", serviceAccountName: "robot" }),
    metadata: { name: "p", namespace: "ns", uid: "u", annotations: { "x/y": 'a "b"' } },
  };
  const two = { ...node, podIps: ["10.0.0.1", "fd00::1"], hostIps: ["192.0.2.1", "fd00::2"] };
  const read = (fieldPath: string) => fieldValue(pod, { fieldPath }, two);
  const wanted = {
    "metadata.name": "p",
    "metadata.namespace": "ns",
    "metadata.uid": "u",
    "metadata.labels": "",
    "metadata.annotations": 'x/y="a \\"b\\""',
    "metadata.annotations['x/y']": 'a "b"',
    "metadata.labels['gone']": "",
    "spec.nodeName": "n",
    "spec.serviceAccountName": "robot",
    "status.hostIP": "192.0.2.1",
    "status.hostIPs": "192.0.2.1,fd00::2",
    "status.podIP": "10.0.0.1",
    "status.podIPs": "10.0.0.1,fd00::1",
  };
  assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((path) => [path, read(path)])), wanted);
  const bare = { ...podOf(), metadata: {} };
  const nothing = { ...node, podIps: [], hostIps: [] };
  for (const path of Object.keys(wanted)) assert.equal(fieldValue(bare, { fieldPath: path }, nothing), "", path);
});

const LIMITS: readonly (readonly [string, string, string])[] = [
  ["limits.cpu", "2", "a limit that is not set is what the node has"],
  ["limits.memory", "1024", "of memory, too"],
  ["limits.ephemeral-storage", "0", "but of nothing else"],
  ["requests.cpu", "0", "a request that is not set is nothing"],
  ["requests.memory", "0", "of memory, too"],
];
for (const [resource, wanted, what] of LIMITS)
  test(`${resource}: ${what}`, () => assert.equal(resourceValue(podOf(), { resource }, "a", node), wanted));

test("of another container, also one of the init containers, in its units", () => {
  const initContainers = [{ name: "i", resources: { limits: { memory: "1Gi", cpu: "250m", "hugepages-2Mi": "4Mi" } } }];
  const read = (resource: string, divisor?: string) =>
    resourceValue(
      podOf({ initContainers }),
      { resource, containerName: "i", ...(divisor ? { divisor } : {}) },
      "a",
      node,
    );
  assert.deepEqual(
    [read("limits.memory", "1Mi"), read("limits.memory", "0"), read("limits.cpu"), read("limits.cpu", "100m")],
    ["1024", "1073741824", "1", "3"],
  );
  assert.equal(read("limits.hugepages-2Mi", "2Mi"), "2");
  assert.throws(() => resourceValue(podOf(), { resource: "limits.cpu" }, undefined, node), FieldReferenceError);
});

test("a hosts file without a domain and without aliases, and that of the node's network", () => {
  const plain = hostsFile(podOf(), ["10.0.0.1", "fd00::1"], "cluster.local");
  assert.ok(plain.endsWith("fe00::2\tip6-allrouters\n10.0.0.1\tp\nfd00::1\tp\n"));
  assert.equal(
    nodeHostsFile(podOf(), "127.0.0.1 localhost\n"),
    "# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n",
  );
  const hostAliases = [{ ip: "192.0.2.1", hostnames: ["a", "b"] }, { ip: "192.0.2.2" }];
  const aliased = nodeHostsFile(podOf({ hostAliases }), "x\n");
  assert.ok(aliased.endsWith("x\n\n# Entries added by HostAliases.\n192.0.2.1\ta\tb\n192.0.2.2\t\n"));
});

/** @param place "namespace/name" */
function serviceOf(place: string, clusterIP: string | undefined, ports: object[] = [{ port: 80 }]): V1Service {
  const [namespace, name] = place.split("/");
  const spec = { ...(clusterIP === undefined ? {} : { clusterIP }), ports };
  return { metadata: { namespace, name }, spec, status: {} } as V1Service;
}

test("only services with an address are named, those of the namespace, and the API server's from wherever", () => {
  const services = [
    serviceOf("ns/web-shop", "10.0.0.1"),
    serviceOf("ns/headless", "None"),
    serviceOf("ns/pending", undefined),
    serviceOf("other/far", "10.0.0.2"),
    serviceOf("default/kubernetes", "10.0.0.3"),
    serviceOf("default/else", "10.0.0.4"),
  ];
  const hosts = (namespace: string, links: boolean) =>
    [...serviceEnvironment(services, namespace, links)]
      .filter(([name]) => name.endsWith("_SERVICE_HOST"))
      .map(([, host]) => host);
  assert.deepEqual(hosts("ns", true), ["10.0.0.3", "10.0.0.1"]);
  assert.deepEqual(hosts("ns", false), ["10.0.0.3"]);
  assert.deepEqual(hosts("default", false), ["10.0.0.3"]);
  assert.deepEqual(hosts("default", true), ["10.0.0.4", "10.0.0.3"]);
});

test("a service of the namespace comes before the API server's of the same name", () => {
  const own = serviceOf("ns/kubernetes", "10.0.0.9");
  const master = serviceOf("default/kubernetes", "10.0.0.3");
  for (const services of [
    [own, master],
    [master, own],
  ])
    assert.equal(serviceEnvironment(services, "ns", true).get("KUBERNETES_SERVICE_HOST"), "10.0.0.9");
});

test("every port of a service is named by its number, and by its name if it has one", () => {
  const ports = [{ port: 53, protocol: "UDP", name: "dns-udp" }, { port: 80 }];
  assert.deepEqual(Object.fromEntries(serviceEnvironment([serviceOf("ns/a-b", "10.0.0.1", ports)], "ns", true)), {
    A_B_SERVICE_HOST: "10.0.0.1",
    A_B_SERVICE_PORT: "53",
    A_B_SERVICE_PORT_DNS_UDP: "53",
    A_B_PORT: "udp://10.0.0.1:53",
    A_B_PORT_53_UDP: "udp://10.0.0.1:53",
    A_B_PORT_53_UDP_PROTO: "udp",
    A_B_PORT_53_UDP_PORT: "53",
    A_B_PORT_53_UDP_ADDR: "10.0.0.1",
    A_B_PORT_80_TCP: "tcp://10.0.0.1:80",
    A_B_PORT_80_TCP_PROTO: "tcp",
    A_B_PORT_80_TCP_PORT: "80",
    A_B_PORT_80_TCP_ADDR: "10.0.0.1",
  });
  const none = serviceEnvironment([serviceOf("ns/x", "10.0.0.1", [])], "ns", true);
  assert.deepEqual([...none], [["X_SERVICE_HOST", "10.0.0.1"]]);
});
