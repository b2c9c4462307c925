import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterConfig } from "./cluster-config.ts";
import type { EtcdOptions } from "./etcd-config.ts";
import { requireSame, type AskedFor } from "./same-options.ts";

const config: ClusterConfig = {
  name: "one",
  runtime: "containerd",
  store: "sqlite",
  nodes: [{ name: "one-1", index: 1 }],
  nextIndex: 2,
  apiPort: 6443,
  fabric: "198.18.0.0/24",
  pods: "10.244.0.0/16",
  serviceCidr: "10.96.0.0/16",
  clusterDomain: "cluster.local",
  flags: { "node-monitor-period": "1s", "max-requests-inflight": "10" },
  disabled: ["proxy", "dns"],
};

test("what a cluster is may be said again, in part and in any order", () => {
  requireSame(config, {});
  requireSame(config, { nodes: 1, runtime: "containerd", store: "sqlite", flags: { "node-monitor-period": "1s" } });
  requireSame(config, { disabled: ["dns", "proxy"] });
});

const REFUSED: readonly (readonly [asked: AskedFor, says: RegExp])[] = [
  [{ nodes: 3 }, /"one" exists with --nodes 1, which up does not change; see dingi node add/],
  [{ runtime: "simulated" }, /with --runtime containerd/],
  [{ store: "memory" }, /with --store sqlite/],
  [{ etcd: { etcdServers: "http://127.0.0.1:2379" } }, /with --etcd-servers "", which up does not change/],
  [{ flags: { "node-monitor-period": "2s" } }, /with --flag node-monitor-period=1s max-requests-inflight=10/],
  [{ flags: { "node-monitor-grace-period": "2s" } }, /with --flag /],
  [{ registryMirrors: [{ registry: "*", endpoints: ["http://127.0.0.1:5000"] }] }, /with --registry-mirror \[\]/],
  [{ disabled: ["dns"] }, /with --disable dns,proxy/],
];

const onEtcd: ClusterConfig = {
  ...config,
  store: "etcd",
  etcd: { servers: ["https://10.0.0.1:2379", "https://10.0.0.2:2379"], prefix: "/one", caFile: "/etc/etcd/ca.crt" },
};

test("the etcd of a cluster may be said again", () => {
  requireSame(onEtcd, { store: "etcd", etcd: {} });
  const etcdServers = "https://10.0.0.1:2379,https://10.0.0.2:2379";
  requireSame(onEtcd, { etcd: { etcdServers, etcdPrefix: "/one", etcdCafile: "/etc/etcd/../etcd/ca.crt" } });
});

const REFUSED_ON_ETCD: readonly (readonly [asked: EtcdOptions, says: RegExp])[] = [
  [{ etcdServers: "https://10.0.0.1:2379" }, /with --etcd-servers https:\/\/10\.0\.0\.1:2379,https:\/\/10/],
  [{ etcdPrefix: "/two" }, /with --etcd-prefix \/one/],
  [{ etcdCafile: "ca.crt" }, /with --etcd-cafile \/etc\/etcd\/ca\.crt/],
  [{ etcdCertfile: "client.crt" }, /with --etcd-certfile ""/],
  [{ etcdKeyfile: "client.key" }, /with --etcd-keyfile ""/],
];

for (const [etcd, says] of REFUSED_ON_ETCD)
  test(`another ${Object.keys(etcd).join()} is refused instead of passed over`, () => {
    assert.throws(() => requireSame(onEtcd, { etcd }), { message: says });
  });

for (const [asked, says] of REFUSED)
  test(`${JSON.stringify(asked)} is refused instead of passed over`, () => {
    assert.throws(() => requireSame(config, asked), { message: says });
  });
