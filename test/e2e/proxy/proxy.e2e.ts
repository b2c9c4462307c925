import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import {
  EndpointSlice,
  Node,
  Service,
  type V1Endpoint,
  type V1EndpointSlice,
  type V1Node,
  type V1Service,
  type V1ServiceSpec,
} from "@dingi/api";
import { silentLogger, systemClock, systemRandom } from "@dingi/base";
import { runProxy, systemNft, type NftRunner } from "@dingi/proxy";
import { CLIENT_TIMEOUT_MS, Network, type Attempt } from "./network.ts";
import { WatchedObjects } from "./watched-objects.ts";

function skipReason(): string | false {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "needs root on Linux";
  const missing = ["nft", "ip", "nsenter", "conntrack"].filter(
    (program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0,
  );
  return missing.length > 0 ? `needs ${missing.join(", ")}` : false;
}

const VIP = "10.96.7.1";
const on = (ip: string, nodeName: string, conditions: V1Endpoint["conditions"] = { ready: true }): V1Endpoint => ({
  addresses: [ip],
  nodeName,
  conditions,
});
const A = on("10.244.1.2", "n1");
const B = on("10.244.1.3", "n1");
const C = on("10.244.2.2", "n2");

const who = (attempts: Attempt[]) =>
  [...new Set(attempts.map(({ answer, error }) => answer?.split(" ")[0] ?? error))].sort();

describe("services on a node", { skip: skipReason(), concurrency: false }, () => {
  const network = new Network(`dpx${process.pid}`);
  const objects = new WatchedObjects();
  const stop = new AbortController();
  const running: Promise<void>[] = [];
  let applied = 0;

  const put = (spec: Partial<V1ServiceSpec>, endpoints: readonly V1Endpoint[]) => {
    const metadata = { name: "web", namespace: "default" };
    const ports = [
      { name: "http", protocol: "TCP", port: 80, nodePort: 30080, targetPort: 8080 },
      { name: "echo", protocol: "UDP", port: 81, nodePort: 30081, targetPort: 8081 },
    ];
    objects.put(Service, {
      metadata,
      spec: { type: "NodePort", clusterIP: VIP, clusterIPs: [VIP], ports, ...spec },
      status: {},
    } as V1Service);
    const slice = {
      metadata: { ...metadata, name: "web-1", labels: { "kubernetes.io/service-name": "web" } },
      addressType: "IPv4",
      endpoints,
      ports: [
        { name: "http", protocol: "TCP", port: 8080 },
        { name: "echo", protocol: "UDP", port: 8081 },
      ],
    };
    objects.put(EndpointSlice, slice as V1EndpointSlice);
    return settled();
  };
  /** Until every proxy has had time to see the change and has set it. */
  const settled = async () => {
    for (let seen = -1; seen !== applied; await systemClock.sleep(150)) seen = applied;
  };
  const connect: Network["connect"] = (space, to) => network.connect(space, to);

  before(async () => {
    await network.open();
    await network.addHost("n1", "198.18.0.11");
    await network.addHost("n2", "198.18.0.12");
    await network.addHost("x", "198.18.0.9");
    await network.addPod("a", "n1", "10.244.1.2");
    await network.addPod("b", "n1", "10.244.1.3");
    await network.addPod("c", "n2", "10.244.2.2");
    await network.run("n1", "ip", "route", "add", "10.244.2.0/24", "via", "198.18.0.12");
    await network.run("n2", "ip", "route", "add", "10.244.1.0/24", "via", "198.18.0.11");
    // As a node that reaches the world: a route for service addresses is needed before they are translated.
    for (const node of ["n1", "n2"]) await network.run(node, "ip", "route", "add", "default", "via", "198.18.0.9");
    for (const pod of ["a", "b", "c"]) await network.serve(pod);
    for (const [nodeName, nodeIp, podCidr] of [
      ["n1", "198.18.0.11", "10.244.1.0/24"],
      ["n2", "198.18.0.12", "10.244.2.0/24"],
    ] as const) {
      objects.put(Node, { metadata: { name: nodeName }, spec: {}, status: {} } as V1Node);
      const system = systemNft({ prefix: network.enter(nodeName) });
      const nft: NftRunner = {
        ...system,
        apply: (script, signal) => system.apply(script, signal).finally(() => applied++),
      };
      running.push(
        runProxy(
          {
            informers: objects.informers(systemClock),
            clock: systemClock,
            random: systemRandom,
            logger: { ...silentLogger, warn: (msg, data) => console.error(msg, data) },
            nodeName,
            nodeIp,
            clusterCidr: "10.244.0.0/16",
            podCidr,
            serviceCidr: "10.96.0.0/16",
            nft,
          },
          stop.signal,
        ),
      );
    }
  });
  after(async () => {
    stop.abort();
    await Promise.all(running);
    await network[Symbol.asyncDispose]();
  });

  test("a pod reaches all endpoints, on its own node and on the other, with its own address", async () => {
    await put({}, [B, C]);
    const attempts = await connect("a", { host: VIP, port: 80, count: 30 });
    assert.deepEqual(who(attempts), ["b", "c"]);
    assert.ok(
      attempts.every(({ answer }) => answer?.endsWith(" 10.244.1.2")),
      JSON.stringify(attempts),
    );
  });

  test("a node and a host outside reach the cluster IP, masqueraded", async () => {
    assert.deepEqual(who(await connect("n1", { host: VIP, port: 80, count: 30 })), ["b", "c"]);
    assert.deepEqual(who(await connect("n1", { host: VIP, port: 81, count: 20, protocol: "udp" })), ["b", "c"]);
  });

  test("nobody reaches from outside what a node serves on its own loopback (CVE-2020-8558)", async () => {
    for (const node of ["n1", "n2"])
      for (const device of ["all", "default"]) {
        const path = `/proc/sys/net/ipv4/conf/${device}/route_localnet`;
        assert.equal((await network.run(node, "cat", path)).trim(), "0", `${node} ${path}`);
      }
  });

  test("a pod reaches itself", async () => {
    await put({}, [A]);
    const attempts = await connect("a", { host: VIP, port: 80, count: 5 });
    assert.deepEqual(who(attempts), ["a"]);
  });

  test("node ports lead to other nodes' pods, by TCP and UDP", async () => {
    await put({}, [C]);
    const attempts = await connect("x", { host: "198.18.0.11", port: 30080, count: 5 });
    assert.deepEqual(
      attempts.map(({ answer }) => answer),
      Array(5).fill("c 198.18.0.11"),
    );
    assert.deepEqual(who(await connect("x", { host: "198.18.0.11", port: 30081, protocol: "udp" })), ["c"]);
    assert.deepEqual(who(await connect("n1", { host: "198.18.0.11", port: 30080 })), ["c"]);
    assert.deepEqual(who(await connect("a", { host: "198.18.0.11", port: 30080 })), ["c"]);
  });

  test("local external traffic keeps the client's address and stays on the node", async () => {
    await put({ externalTrafficPolicy: "Local" }, [C]);
    assert.deepEqual(
      (await connect("x", { host: "198.18.0.12", port: 30080 })).map(({ answer }) => answer),
      ["c 198.18.0.9"],
    );
    assert.deepEqual(who(await connect("x", { host: "198.18.0.11", port: 30080 })), ["ETIMEDOUT"]);
    assert.deepEqual(who(await connect("a", { host: "198.18.0.11", port: 30080 })), ["c"], "pods are inside");
    assert.deepEqual(who(await connect("n1", { host: "198.18.0.11", port: 30080 })), ["c"], "so is the node");
  });

  test("to another node's local external traffic a pod is outside, and always or never gets through", async () => {
    await put({ externalTrafficPolicy: "Local" }, [B, C]);
    const attempts = await connect("a", { host: "198.18.0.12", port: 30080, count: 12 });
    assert.deepEqual(
      attempts.map(({ answer, error }) => answer ?? error),
      Array(12).fill("c 10.244.1.2"),
    );
    assert.deepEqual(who(await connect("a", { host: "198.18.0.11", port: 30080, count: 20 })), ["b", "c"]);
    await put({ externalTrafficPolicy: "Local" }, [B]);
    assert.deepEqual(who(await connect("a", { host: "198.18.0.12", port: 30080, count: 2 })), ["ETIMEDOUT"]);
  });

  test("local internal traffic goes to pods of the own node only", async () => {
    await put({ internalTrafficPolicy: "Local" }, [B, C]);
    assert.deepEqual(who(await connect("a", { host: VIP, port: 80, count: 20 })), ["b"]);
    assert.deepEqual(who(await connect("n2", { host: VIP, port: 80, count: 20 })), ["c"]);
  });

  test("no endpoints, ports nobody serves: refused at once", async () => {
    await put({}, []);
    for (const space of ["a", "n1"]) {
      const [attempt] = await connect(space, { host: VIP, port: 80 });
      assert.equal(attempt?.error, "ECONNREFUSED");
      assert.ok(attempt.ms < CLIENT_TIMEOUT_MS, `took ${attempt.ms} ms`);
      assert.deepEqual(who(await connect(space, { host: VIP, port: 9999 })), ["ECONNREFUSED"]);
      assert.deepEqual(who(await connect(space, { host: VIP, port: 81, protocol: "udp" })), ["ECONNREFUSED"]);
    }
    assert.deepEqual(who(await connect("x", { host: "198.18.0.11", port: 30080 })), ["ECONNREFUSED"]);
  });

  test("a client with affinity stays, survives changes, and moves only when its endpoint goes", async () => {
    const sticky = { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } };
    await put(sticky, [A, B, C]);
    const [first = "", ...others] = who(await connect("n1", { host: VIP, port: 80, count: 15 })) as string[];
    assert.deepEqual(others, []);
    const all = { a: A, b: B, c: C } as Record<string, V1Endpoint>;
    const other = Object.keys(all).find((name) => name !== first)!;
    await put(sticky, [all[first]!, all[other]!]);
    assert.deepEqual(who(await connect("n1", { host: VIP, port: 80, count: 10 })), [first]);
    await put(
      sticky,
      Object.keys(all)
        .filter((name) => name !== first)
        .map((name) => all[name]!),
    );
    const [moved, ...rest] = who(await connect("n1", { host: VIP, port: 80, count: 15 }));
    assert.deepEqual(rest, []);
    assert.notEqual(moved, first);
  });

  test("a terminating endpoint gets no new connections, and is the last resort", async () => {
    const leaving = on("10.244.1.3", "n1", { ready: false, serving: true, terminating: true });
    await put({}, [B]);
    const held = await network.hold("a", VIP, 80);
    assert.match(held.first, /^b /);
    await put({}, [leaving, C]);
    assert.equal(await held.echo("still there"), "still there");
    assert.deepEqual(who(await connect("a", { host: VIP, port: 80, count: 20 })), ["c"]);
    await put({}, [leaving]);
    assert.deepEqual(who(await connect("a", { host: VIP, port: 80, count: 5 })), ["b"]);
  });

  test("UDP from one and the same port follows when its endpoint goes", async () => {
    await put({}, [B]);
    assert.deepEqual(who(await connect("a", { host: VIP, port: 81, protocol: "udp", from: 4000 })), ["b"]);
    const flows = () => systemNft({ prefix: network.enter("n1") }).udpFlows(stop.signal);
    const leading = async (endpoint: string) =>
      (await flows()).some((flow) => flow.address === VIP && flow.endpoint === endpoint);
    assert.equal(await leading("10.244.1.3"), true);
    await put({}, [C]);
    assert.equal(await leading("10.244.1.3"), false);
    assert.deepEqual(who(await connect("a", { host: VIP, port: 81, protocol: "udp", from: 4000 })), ["c"]);
  });

  test("a load balancer's address lets in only its source ranges", async () => {
    const lb = { type: "LoadBalancer", loadBalancerSourceRanges: ["198.18.0.12/32"] };
    const status = { loadBalancer: { ingress: [{ ip: "198.18.5.5", ipMode: "VIP" }] } };
    const ports = [{ name: "http", protocol: "TCP", port: 80 }];
    await network.run("x", "ip", "route", "add", "198.18.5.5/32", "via", "198.18.0.11");
    await network.run("n2", "ip", "addr", "add", "198.18.0.99/24", "dev", "eth0");
    objects.put(Service, {
      metadata: { name: "web", namespace: "default" },
      spec: { ...lb, clusterIP: VIP, clusterIPs: [VIP], ports },
      status,
    } as V1Service);
    await settled();
    assert.deepEqual(who(await connect("x", { host: "198.18.5.5", port: 80 })), ["ETIMEDOUT"]);
    objects.put(Service, {
      metadata: { name: "web", namespace: "default" },
      spec: {
        ...lb,
        loadBalancerSourceRanges: ["198.18.0.9/32", "198.18.0.12/32"],
        clusterIP: VIP,
        clusterIPs: [VIP],
        ports,
      },
      status,
    } as V1Service);
    await settled();
    assert.deepEqual(who(await connect("x", { host: "198.18.5.5", port: 80 })), ["c"]);
  });

  test("a removed service leaves nothing behind but chains", async () => {
    objects.remove(Service, "default", "web");
    objects.remove(EndpointSlice, "default", "web-1");
    await settled();
    for (const map of ["services", "endpoints", "slots", "refused", "firewall"]) {
      assert.doesNotMatch(await network.run("n1", "nft", "list", "map", "ip", "dingi", map), /elements/);
    }
    assert.doesNotMatch(await network.run("n1", "nft", "list", "set", "ip", "dingi", "hairpins"), /elements/);
  });
});
