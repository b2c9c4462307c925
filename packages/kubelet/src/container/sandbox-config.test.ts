import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod, V1PodSpec } from "@dingi/api";
import { makeSandboxConfig, podDns, podFullName, podHostname } from "./sandbox-config.ts";
import { forbiddenSysctl, normalSysctl } from "./sysctls.ts";

const podOf = (spec: Partial<V1PodSpec> = {}, name = "p"): V1Pod => ({
  metadata: { name, namespace: "ns", uid: "u", labels: { a: "b" }, annotations: { c: "d" } },
  spec: { containers: [], ...spec },
  status: {},
});
const dns = {
  clusterDns: ["10.96.0.10"],
  clusterDomain: "cluster.local",
  node: { servers: ["192.0.2.53"], searches: ["example.org"], options: ["rotate"] },
};
const config = (spec: Partial<V1PodSpec> = {}, name = "p") =>
  makeSandboxConfig({ pod: podOf(spec, name), attempt: 2, dns, cgroupRoot: "/root" });

test("a plain pod's sandbox", () => {
  const { linux, dnsConfig, ...rest } = config();
  assert.deepEqual(rest, {
    metadata: { name: "p", namespace: "ns", uid: "u", attempt: 2 },
    hostname: "p",
    logDirectory: "/var/log/pods/ns_p_u",
    portMappings: [],
    labels: {
      a: "b",
      "io.kubernetes.pod.name": "p",
      "io.kubernetes.pod.namespace": "ns",
      "io.kubernetes.pod.uid": "u",
    },
    annotations: { c: "d" },
  });
  assert.deepEqual(dnsConfig?.servers, ["10.96.0.10"]);
  assert.deepEqual(linux, {
    cgroupParent: "/root/kubepods/besteffort/podu",
    sysctls: {},
    securityContext: {
      namespaceOptions: { network: "POD", pid: "CONTAINER", ipc: "POD" },
      privileged: false,
      supplementalGroups: [],
      seccomp: { profileType: "RuntimeDefault" },
    },
  });
});

test("what a pod says of its security holds for the sandbox, too", () => {
  const securityContext = {
    runAsUser: 1,
    runAsGroup: 2,
    fsGroup: 3,
    supplementalGroups: [4],
    sysctls: [{ name: "net/ipv4/tcp_rmem", value: "1" }],
  };
  const { linux } = config({ securityContext, overhead: { cpu: "250m", memory: "64Mi" } });
  const { runAsUser, runAsGroup, supplementalGroups } = linux!.securityContext!;
  assert.deepEqual([runAsUser, runAsGroup, supplementalGroups], [1, 2, [3, 4]]);
  assert.deepEqual(linux!.sysctls, { "net.ipv4.tcp_rmem": "1" });
  assert.deepEqual(linux!.overhead, {
    cpuShares: 256,
    cpuPeriod: 100_000,
    cpuQuota: 25_000,
    memoryLimitInBytes: 64 * 2 ** 20,
  });
  assert.deepEqual(config({ overhead: { "example.org/x": "1" } }).linux?.overhead, { cpuShares: 2 });
});

test("ports of the host are mapped, unless the pod has the host's network", () => {
  const ports = [
    { containerPort: 80, hostPort: 8080 },
    { containerPort: 53, hostPort: 53, protocol: "UDP", hostIP: "192.0.2.1" },
    { containerPort: 90 },
  ];
  const containers = [{ name: "a", image: "i", ports }];
  const initContainers = [{ name: "i", image: "i", ports: [{ containerPort: 1, hostPort: 2 }] }];
  assert.deepEqual(config({ containers, initContainers }).portMappings, [
    { protocol: "TCP", containerPort: 80, hostPort: 8080 },
    { protocol: "UDP", containerPort: 53, hostPort: 53, hostIp: "192.0.2.1" },
    { protocol: "TCP", containerPort: 1, hostPort: 2 },
  ]);
  const onHost = config({ containers, hostNetwork: true });
  assert.deepEqual([onHost.portMappings, onHost.hostname], [[], ""]);
});

test("a host name is cut to what DNS takes", () => {
  assert.equal(podHostname(podOf({}, "a".repeat(70))), "a".repeat(63));
  assert.equal(podHostname(podOf({}, `${"a".repeat(61)}-.b`)), "a".repeat(61));
  assert.equal(podHostname(podOf({ hostname: "mine" })), "mine");
  assert.equal(podHostname(podOf({ hostname: "mine", hostnameOverride: "over" })), "over");
});

test("the kernel knows the full name where that is asked for, and there is one that fits", () => {
  const subdomain = "db";
  assert.equal(podFullName(podOf({ subdomain }), "cluster.local"), "p.db.ns.svc.cluster.local");
  assert.equal(podFullName(podOf(), "cluster.local"), undefined);
  assert.equal(podFullName(podOf({ subdomain, hostnameOverride: "x" }), "cluster.local"), undefined);
  assert.equal(config({ subdomain }).hostname, "p");
  assert.equal(config({ subdomain, setHostnameAsFQDN: true }).hostname, "p.db.ns.svc.cluster.local");
  assert.equal(config({ setHostnameAsFQDN: true }).hostname, "p");
  const length = 64 - ".db.ns.svc.cluster.local".length;
  assert.equal(config({ subdomain, setHostnameAsFQDN: true }, "a".repeat(length)).hostname?.length, 64);
  assert.throws(
    () => config({ subdomain, setHostnameAsFQDN: true }, "a".repeat(length + 1)),
    /is too long \(64 .* 65 /,
  );
});

const CLUSTER = ["ns.svc.cluster.local", "svc.cluster.local", "cluster.local", "example.org"];
const POLICIES: readonly (readonly [
  Partial<V1PodSpec>,
  readonly string[] | undefined,
  readonly string[] | undefined,
])[] = [
  [{}, ["10.96.0.10"], CLUSTER],
  [{ dnsPolicy: "ClusterFirst" }, ["10.96.0.10"], CLUSTER],
  [{ dnsPolicy: "ClusterFirst", hostNetwork: true }, ["192.0.2.53"], ["example.org"]],
  [{ dnsPolicy: "ClusterFirstWithHostNet", hostNetwork: true }, ["10.96.0.10"], CLUSTER],
  [{ dnsPolicy: "Default" }, ["192.0.2.53"], ["example.org"]],
  [{ dnsPolicy: "None" }, undefined, undefined],
];
for (const [spec, servers, searches] of POLICIES)
  test(`DNS by ${JSON.stringify(spec)}`, () => {
    const found = podDns(podOf(spec), dns);
    assert.deepEqual([found.servers, found.searches], [servers, searches]);
  });

test("the pod's own DNS settings are added, and win by name", () => {
  const dnsConfig = {
    nameservers: ["192.0.2.9", "10.96.0.10"],
    searches: ["mine.example", "cluster.local"],
    options: [{ name: "ndots", value: "2" }, { name: "edns0" }],
  };
  assert.deepEqual(podDns(podOf({ dnsConfig }), dns), {
    servers: ["10.96.0.10", "192.0.2.9"],
    searches: [...CLUSTER, "mine.example"],
    options: ["ndots:2", "edns0"],
  });
  assert.deepEqual(podDns(podOf({ dnsPolicy: "None", dnsConfig: {} }), dns), {
    servers: [],
    searches: [],
    options: [],
  });
});

test("sysctls that other pods would feel are forbidden", () => {
  const verdict = (name: string, spec: Partial<V1PodSpec> = {}) =>
    forbiddenSysctl(podOf({ securityContext: { sysctls: [{ name, value: "1" }] }, ...spec }));
  assert.equal(verdict("net.ipv4.tcp_rmem"), undefined);
  assert.equal(verdict("net/ipv4/tcp_rmem"), undefined);
  assert.equal(verdict("kernel.shm_rmid_forced", { hostNetwork: true }), undefined);
  assert.equal(verdict("net.ipv4.tcp_rmem", { hostIPC: true }), undefined);
  assert.equal(verdict("vm.swappiness"), 'forbidden sysctl: "vm.swappiness" not allowlisted');
  assert.equal(verdict("toString"), 'forbidden sysctl: "toString" not allowlisted');
  assert.match(verdict("net.ipv4.tcp_rmem", { hostNetwork: true }) ?? "", /not allowed with host Net enabled/);
  assert.match(verdict("kernel.shm_rmid_forced", { hostIPC: true }) ?? "", /not allowed with host IPC enabled/);
  assert.equal(forbiddenSysctl(podOf()), undefined);
  assert.equal(normalSysctl("net.ipv4.conf.eth0/1.x"), "net.ipv4.conf.eth0/1.x");
  assert.equal(normalSysctl("net/ipv4/conf/eth0.1/x"), "net.ipv4.conf.eth0/1.x");
  assert.equal(normalSysctl("plain"), "plain");
});
