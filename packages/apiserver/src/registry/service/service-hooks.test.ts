import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Event, IPAddress, Service, type V1Service } from "@dingi/api";
import { FakeClock, seededRandom, settle } from "@dingi/base";
import type { NewObject } from "@dingi/client";
import { openMemoryStore, type Store } from "@dingi/store";
import { startTestServer, type TestServer } from "../../testing/test-server.ts";
import { addressFor } from "./ip-allocator.ts";
import { PortBits } from "./port-bits.ts";

const KEY = { namespace: "default", name: "a" };
const PORTS = "/registry/ranges/servicenodeports";

function serviceOf(name: string, spec: Partial<V1Service["spec"]> = {}): NewObject<V1Service> {
  return { metadata: { namespace: "default", name }, spec: { ports: [{ port: 80 }], ...spec } as V1Service["spec"] };
}

async function addressNames({ admin }: TestServer): Promise<string[]> {
  const { items } = await admin.list(IPAddress);
  return items.map(({ metadata }) => metadata.name ?? "").sort();
}

/** What `kubernetes` has is always there. */
const OWN = "10.96.0.1";

suite("addresses of Services", () => {
  test("a Service's address is an IPAddress that names it, and goes with it", async () => {
    await using api = await startTestServer();
    await settle();
    const { spec } = await api.admin.create(Service, serviceOf("a"));
    const address = await api.admin.get(IPAddress, { namespace: "", name: spec.clusterIP! });
    assert.deepEqual(address.spec.parentRef, { resource: "services", namespace: "default", name: "a" });
    assert.deepEqual(address.metadata.labels, {
      "ipaddress.kubernetes.io/ip-family": "IPv4",
      "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
    });
    await api.admin.delete(Service, KEY);
    assert.deepEqual(await addressNames(api), [OWN]);
  });

  test("two families: each has its address, the second comes and goes with the policy", async () => {
    await using api = await startTestServer({ serviceCidrs: ["10.96.0.0/24", "fd00::/108"] });
    await settle();
    const single = await api.admin.create(Service, serviceOf("a"));
    assert.deepEqual(single.spec.ipFamilies, ["IPv4"]);
    const spec = { ...single.spec, ipFamilyPolicy: "RequireDualStack" };
    const dual = await api.admin.update(Service, { ...single, spec });
    assert.deepEqual(dual.spec.ipFamilies, ["IPv4", "IPv6"]);
    assert.equal(dual.spec.clusterIPs?.[0], single.spec.clusterIP);
    assert.match(dual.spec.clusterIPs?.[1] ?? "", /^fd00::/);
    assert.deepEqual(await addressNames(api), [OWN, ...dual.spec.clusterIPs!].sort());
    await api.admin.update(Service, { ...dual, spec: { ...dual.spec, ipFamilyPolicy: "SingleStack" } });
    assert.deepEqual(await addressNames(api), [OWN, single.spec.clusterIP!].sort());
  });

  test("who only tries leaves nothing behind, neither an address nor a port", async () => {
    const clock = new FakeClock();
    await using store = openMemoryStore({ clock });
    await using api = await startTestServer({ shared: { clock, store } });
    await settle();
    const before = await store.get(PORTS);
    const tried = await api.admin.create(Service, serviceOf("a", { type: "NodePort" }), { dryRun: true });
    assert.ok(tried.spec.ports?.[0]?.nodePort);
    assert.equal(tried.spec.clusterIP, "10.96.0.0");
    assert.deepEqual(await addressNames(api), [OWN]);
    assert.deepEqual(await store.get(PORTS), before);
    const ask = (clusterIP: string) => api.admin.create(Service, serviceOf("a", { clusterIP }), { dryRun: true });
    assert.equal((await ask("10.96.0.9")).spec.clusterIP, "10.96.0.9");
    await assert.rejects(ask("10.97.0.9"), /the provided IP \(10\.97\.0\.9\) is not in the valid range/);
  });

  test("what a refused write has taken is given back", async () => {
    await using api = await startTestServer();
    await settle();
    const wrong = serviceOf("a", { type: "NodePort", ports: [{ port: 80, nodePort: 30001 }, { port: 0 }] });
    await assert.rejects(api.admin.create(Service, wrong), { code: 422 });
    assert.deepEqual(await addressNames(api), [OWN]);
    await api.admin.create(Service, serviceOf("b", { type: "NodePort", ports: [{ port: 80, nodePort: 30001 }] }));
  });

  test("when a range is full the next Service is told so", async () => {
    await using api = await startTestServer({ serviceCidrs: ["10.96.0.0/29"] });
    await settle();
    for (const name of ["a", "b", "c", "d", "e"]) await api.admin.create(Service, serviceOf(name));
    await assert.rejects(api.admin.create(Service, serviceOf("f")), {
      message: 'Internal error occurred: failed to allocate a serviceIP for Service "f": range is full',
    });
  });
});

suite("node ports of Services", () => {
  const taken = async (api: TestServer, nodePort: number): Promise<boolean> => {
    const ports = [{ port: 80, nodePort }];
    const tried = serviceOf("trial", { type: "NodePort", ports });
    try {
      await api.admin.create(Service, tried, { dryRun: true });
      return false;
    } catch (error) {
      assert.match(String(error), /provided port is already allocated/);
      return true;
    }
  };

  test("ports of one number share a node port, and two of them can be asked for", async () => {
    await using api = await startTestServer();
    await settle();
    const pair = (nodePort?: number) => [
      { name: "tcp", port: 53, protocol: "TCP" },
      { name: "udp", port: 53, protocol: "UDP", ...(nodePort === undefined ? {} : { nodePort }) },
    ];
    const shared = await api.admin.create(Service, serviceOf("a", { type: "NodePort", ports: pair() }));
    assert.equal(shared.spec.ports?.[0]?.nodePort, shared.spec.ports?.[1]?.nodePort);
    await api.admin.delete(Service, KEY);
    const asked = pair(30001).map((port, i) => (i === 0 ? { ...port, nodePort: 30002 } : port));
    await api.admin.create(Service, serviceOf("b", { type: "NodePort", ports: asked }));
    assert.deepEqual([await taken(api, 30001), await taken(api, 30002)], [true, true]);
  });

  test("the port for health checks comes and goes with the policy", async () => {
    await using api = await startTestServer();
    await settle();
    const ports = [{ port: 80, nodePort: 30001 }];
    const local = { type: "LoadBalancer", externalTrafficPolicy: "Local", ports, healthCheckNodePort: 30003 };
    const made = await api.admin.create(Service, serviceOf("a", local));
    assert.equal(await taken(api, 30003), true);
    const { healthCheckNodePort: _gone, ...rest } = made.spec;
    const cluster = { ...rest, externalTrafficPolicy: "Cluster" };
    const changed = await api.admin.update(Service, { ...made, spec: cluster });
    assert.equal(await taken(api, 30003), false);
    const again = await api.admin.update(Service, { ...changed, spec: { ...cluster, externalTrafficPolicy: "Local" } });
    assert.equal(await taken(api, again.spec.healthCheckNodePort!), true);
    await api.admin.delete(Service, KEY);
    assert.equal(await taken(api, again.spec.healthCheckNodePort!), false);
  });

  test("a port that was chosen for a write that is refused is free again", async () => {
    await using api = await startTestServer();
    await settle();
    const wrong = serviceOf("a", { type: "NodePort", sessionAffinity: "Sometimes" });
    // There are eleven ports.
    for (let i = 0; i < 12; i++) await assert.rejects(api.admin.create(Service, wrong), { code: 422 });
    await api.admin.create(Service, serviceOf("b", { type: "NodePort" }));
  });

  test("what was had before a later port was refused is given back, port and address", async () => {
    await using api = await startTestServer();
    await settle();
    const ports = [
      { name: "a", port: 80, nodePort: 30001 },
      { name: "b", port: 81, nodePort: 40000 },
    ];
    await assert.rejects(api.admin.create(Service, serviceOf("a", { type: "NodePort", ports })), { code: 422 });
    assert.equal(await taken(api, 30001), false);
    assert.deepEqual(await addressNames(api), [OWN]);
  });

  test("ports beyond the range are nobody's", () => {
    const bits = PortBits.parse(11, "");
    assert.deepEqual([bits.add(10), bits.add(11), bits.add(-1)], [true, false, false]);
    assert.deepEqual([bits.delete(11), bits.delete(10), bits.delete(10)], [false, true, false]);
    assert.equal(PortBits.parse(11, Buffer.of(0xff, 0xff).toString("base64")).clone().toString(), "B/8=");
  });
});

suite("several API servers over one store", () => {
  test("no address and no node port is given twice, whoever is asked", async () => {
    const clock = new FakeClock();
    await using store = openMemoryStore({ clock });
    const shared = { clock, store };
    // The same seed: both try the same addresses in the same order.
    await using first = await startTestServer({ shared, address: "192.0.2.1" });
    await using second = await startTestServer({ shared, address: "192.0.2.2" });
    await settle();
    const random = seededRandom(7);
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, i) => {
        const { admin } = random.int(2) === 0 ? first : second;
        return admin.create(Service, serviceOf(`s${i}`, { type: "NodePort" }));
      }),
    );
    assert.equal(new Set(made.map(({ spec }) => spec.clusterIP)).size, 10);
    assert.equal(new Set(made.map(({ spec }) => spec.ports?.[0]?.nodePort)).size, 10);
    await first.admin.create(Service, serviceOf("last", { type: "NodePort" }));
    await assert.rejects(second.admin.create(Service, serviceOf("more", { type: "NodePort" })), /range is full/);
    await first.admin.delete(Service, { namespace: "default", name: "s3" });
    const again = await second.admin.create(Service, serviceOf("more", { type: "NodePort" }));
    assert.equal(again.spec.ports?.[0]?.nodePort, made[3]!.spec.ports?.[0]?.nodePort);
  });

  test("a write whose fate nobody knows keeps what it may have", async () => {
    const clock = new FakeClock();
    await using inner = openMemoryStore({ clock });
    const store = forgetful(inner, "/registry/services/specs/default/a");
    await using api = await startTestServer({ shared: { clock, store } });
    await settle();
    await assert.rejects(api.admin.create(Service, serviceOf("a", { type: "NodePort" })));
    const { spec } = await api.admin.get(Service, KEY);
    assert.deepEqual(await addressNames(api), [OWN, spec.clusterIP!].sort());
    const { nodePort } = spec.ports![0]!;
    const other = serviceOf("b", { type: "NodePort", ports: [{ port: 80, nodePort }] });
    await assert.rejects(api.admin.create(Service, other), /provided port is already allocated/);
  });
});

/** A store that does what it is told, and then fails to say so for one key. */
function forgetful(store: Store, key: string): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name !== "commit") return value.bind(target) as unknown;
      return async (...args: Parameters<Store["commit"]>) => {
        const result = await target.commit(...args);
        if (args[0] === key) throw new Error("The connection was lost");
        return result;
      };
    },
  });
}

suite("repair", () => {
  test("an address without its Service is cleaned up once no write can be about to use it", async () => {
    await using api = await startTestServer();
    await settle();
    await api.admin.create(IPAddress, addressFor(KEY, "10.96.0.77"));
    await api.clock.advance(59_000);
    assert.deepEqual(await addressNames(api), [OWN, "10.96.0.77"]);
    await api.clock.advance(2_000);
    assert.deepEqual(await addressNames(api), [OWN]);
  });

  test("an address that somebody took from a Service is given to it again", async () => {
    await using api = await startTestServer();
    await settle();
    const { spec } = await api.admin.create(Service, serviceOf("a"));
    const at = { namespace: "", name: spec.clusterIP! };
    await api.admin.delete(IPAddress, at);
    await settle();
    const { metadata } = await api.admin.get(IPAddress, at);
    await api.admin.update(IPAddress, {
      ...(await api.admin.get(IPAddress, at)),
      metadata: { ...metadata, labels: {} },
    });
    await settle();
    const repaired = await api.admin.get(IPAddress, at);
    assert.equal(repaired.metadata.labels?.["ipaddress.kubernetes.io/managed-by"], "ipallocator.k8s.io");
    assert.notEqual(repaired.metadata.uid, metadata.uid);
    await api.clock.advance(1_000);
    const { items } = await api.admin.list(Event, { namespace: "default" });
    const told = items.filter(({ reason }) => reason === "ClusterIPNotAllocated");
    assert.deepEqual(
      told.map(({ message }) => message),
      [`Cluster IP [IPv4]: ${spec.clusterIP} is not allocated; repairing`],
    );
  });

  test("a port that no Service has is given back after three looks, and one that is missing is taken", async () => {
    const clock = new FakeClock();
    await using store = openMemoryStore({ clock });
    {
      await using api = await startTestServer({ shared: { clock, store } });
      await settle();
      await api.admin.create(Service, serviceOf("a", { type: "NodePort", ports: [{ port: 80, nodePort: 30002 }] }));
    }
    // Port 30005 is taken for nobody, and 30002 was forgotten.
    const range = { kind: "RangeAllocation", apiVersion: "v1", metadata: {}, range: "30000-30010" };
    const value = new TextEncoder().encode(
      JSON.stringify({ ...range, data: Buffer.of(0b0010_0000).toString("base64") }),
    );
    await store.commit(PORTS, { expected: "any", value });
    await using api = await startTestServer({ shared: { clock, store } });
    await settle();
    const take = (nodePort: number) =>
      api.admin.create(Service, serviceOf("b", { type: "NodePort", ports: [{ port: 80, nodePort }] }));
    await assert.rejects(take(30002), /provided port is already allocated/);
    await assert.rejects(take(30005), /provided port is already allocated/);
    await clock.advance(6 * 60_000);
    await assert.rejects(take(30005), /provided port is already allocated/);
    await clock.advance(3 * 60_000 + 1_000);
    await take(30005);
  });
});
