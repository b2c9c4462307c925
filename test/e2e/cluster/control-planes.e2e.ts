import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import { Deployment, Endpoints, IPAddress, Lease, ReplicaSet, Service, type V1Service } from "@dingi/api";
import { seededRandom, systemClock } from "@dingi/base";
import type { Client } from "@dingi/client";
import { Etcd, whyNoEtcd } from "../../upstream/etcd.ts";
import { ControlPlaneProcess, makePki } from "./control-planes.ts";
import { until } from "./until.ts";

const skip = whyNoEtcd();
const SERVICES = 10_000;
const NODE_PORTS = 2_500;
const AT_ONCE = 64;
const namespace = "default";

let etcd: Etcd;
let pki: string;
let planes: ControlPlaneProcess[] = [];

before(async () => {
  if (skip) return;
  etcd = await Etcd.start({ fsync: false });
  pki = await makePki();
  planes = [await ControlPlaneProcess.create({ pki, etcd: etcd.url }, 1)];
  planes.push(await ControlPlaneProcess.create({ pki, etcd: etcd.url }, 2));
  await planes[0]!.start();
  await planes[1]!.start();
});

after(async () => {
  if (skip) return;
  for (const plane of planes) await plane[Symbol.asyncDispose]();
  await etcd[Symbol.asyncDispose]();
  await rm(pki, { recursive: true });
});

/** What the servers have acknowledged. */
const acknowledged = new Map<string, V1Service["spec"]>();

async function createSome(names: readonly string[], seed: number): Promise<void> {
  const random = seededRandom(seed);
  const left = [...names];
  const work = async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) await createOne(name, random.int(2));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** One whose server ends meanwhile is asked for again, of the other. */
async function createOne(name: string, at: number): Promise<void> {
  const isNodePort = Number(name.slice(1)) < NODE_PORTS;
  const spec = { type: isNodePort ? "NodePort" : "ClusterIP", ports: [{ port: 80 }] } as V1Service["spec"];
  for (let attempt = at; attempt < at + 20; attempt++) {
    try {
      const made = await planes[attempt % 2]!.client.create(Service, { metadata: { namespace, name }, spec });
      acknowledged.set(name, made.spec);
      return;
    } catch {
      if (await exists(planes[(attempt + 1) % 2]!.client, name)) return;
    }
  }
  throw new Error(`Nobody made Service ${name}`);
}

async function exists(client: Client, name: string): Promise<boolean> {
  return await client.get(Service, { namespace, name }).then(
    () => true,
    () => false,
  );
}

test("10,000 Services made through two servers, each killed once, share no address and no port", { skip }, async () => {
  const names = Array.from({ length: SERVICES }, (_, i) => `s${i}`);
  const making = createSome(names, 1);
  for (const [i, plane] of planes.entries()) {
    await until("Services", () => Promise.resolve(acknowledged.size > (SERVICES * (i + 1)) / 3));
    await plane.end("SIGKILL");
    await plane.start();
  }
  await making;
  const { items } = await planes[0]!.client.list(Service, { namespace });
  const made = items.filter(({ metadata }) => metadata.name !== "kubernetes");
  assert.equal(made.length, SERVICES);
  for (const { metadata, spec } of made) {
    const told = acknowledged.get(metadata.name!);
    if (told) assert.deepEqual([spec.clusterIP, spec.ports], [told.clusterIP, told.ports]);
  }
  assert.equal(new Set(items.map(({ spec }) => spec.clusterIP)).size, items.length);
  const ports = made.flatMap(({ spec }) => spec.ports!.flatMap(({ nodePort }) => nodePort ?? []));
  assert.equal(ports.length, NODE_PORTS);
  assert.equal(new Set(ports).size, NODE_PORTS);
  const held = new Set((await planes[1]!.client.list(IPAddress)).items.map(({ metadata }) => metadata.name));
  for (const { spec } of items) assert.ok(held.has(spec.clusterIP), `${spec.clusterIP} is nobody's`);
});

test("both servers are endpoints of kubernetes", { skip }, async () => {
  const wanted = planes.map(({ address }) => address).sort();
  await until(
    "Endpoints",
    async () => {
      const { subsets } = await planes[0]!.client.get(Endpoints, { namespace, name: "kubernetes" });
      const listed = (subsets?.[0]?.addresses ?? []).map(({ ip }) => ip);
      return String(listed) === String(wanted);
    },
    30,
  );
});

/** Which of the two has the lease of the controllers. */
async function leader(): Promise<ControlPlaneProcess> {
  const name = "kube-controller-manager";
  return await until(
    "A leader",
    async () => {
      const { spec } = await planes[0]!.client.get(Lease, { namespace: "kube-system", name });
      return planes.find(({ pid }) => spec?.holderIdentity?.endsWith(`_${pid}`));
    },
    30,
  );
}

/** Milliseconds until a Deployment of this name has its ReplicaSet. */
async function reconciled(client: Client, name: string): Promise<number> {
  const startMs = systemClock.monotonic();
  const labels = { app: name };
  const spec = { containers: [{ name: "c", image: "example.org/none:1" }] };
  const deployment = { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } };
  await client.create(Deployment, { metadata: { namespace, name }, spec: deployment } as never);
  await until(
    "Its ReplicaSet",
    async () => {
      const { items } = await client.list(ReplicaSet, { namespace, labelSelector: `app=${name}` });
      return items.length > 0;
    },
    30,
  );
  return systemClock.monotonic() - startMs;
}

for (const [signal, withinMs] of [
  ["SIGKILL", 5_000],
  ["SIGTERM", 2_000],
] as const) {
  test(`after ${signal} to the leader the other controls within ${withinMs / 1000} s`, { skip }, async (context) => {
    const first = await leader();
    const other = planes.find((plane) => plane !== first)!;
    await reconciled(other.client, `before-${signal.toLowerCase()}`);
    const ended = first.end(signal);
    const tookMs = await reconciled(other.client, `after-${signal.toLowerCase()}`);
    await ended;
    await first.start();
    context.diagnostic(`It took ${Math.round(tookMs)} ms`);
    assert.ok(tookMs <= withinMs, `It took ${Math.round(tookMs)} ms`);
  });
}

test("what a killed server has left of addresses without Services is cleaned up", { skip }, async () => {
  const { client } = planes[0]!;
  const isClean = async () => {
    const [{ items: services }, { items: addresses }] = [await client.list(Service), await client.list(IPAddress)];
    return services.length === addresses.length;
  };
  await until("As many addresses as Services", isClean, 90);
});
