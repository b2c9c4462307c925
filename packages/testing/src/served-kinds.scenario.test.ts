import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, Namespace } from "@dingi/api";
import {
  customKind,
  customSchema,
  isNotFound,
  s,
  type KindDefinition,
  type KubeObject,
  type Unstructured,
  type V1OwnerReference,
} from "@dingi/apimachinery";
import type { TransportRequest } from "@dingi/client";
import { TestCluster } from "./cluster.ts";

/** Within this time of the cluster's clock everybody knows what is served. */
const SOON_MS = 100;
const GROUP = "/apis/example.org/v1";

const number = s.free({ of: "numeric" });
const sailor = s.free({ of: "object", properties: { name: s.free({ of: "string" }), age: number } });
const crew = s.free({ of: "list", listType: "map", keys: ["name"], items: sailor });
const spec = s.free({ of: "object", properties: { sails: number, crew } });

/** What a definition would make of itself; another one at each call. */
const boatKind = (): KindDefinition<Unstructured> =>
  customKind({
    apiVersion: "example.org/v1",
    kind: "Boat",
    plural: "boats",
    shortNames: ["bt"],
    scope: "Namespaced",
    schema: customSchema({ name: "org.example.v1.Boat", properties: { spec } }),
  });

async function read(cluster: TestCluster, path: string, accept = "application/json"): Promise<string> {
  const query = new URLSearchParams();
  await using answer = await cluster.admin.stream({ method: "GET", path, query, accept });
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const boat = (name: string, more: object = {}, namespace = "default") => ({ metadata: { namespace, name, ...more } });
const map = (name: string, more: object = {}) => ({ metadata: { namespace: "default", name, ...more }, data: {} });

function ownedBy(apiVersion: string, kind: string, { metadata }: KubeObject): { ownerReferences: V1OwnerReference[] } {
  return { ownerReferences: [{ apiVersion, kind, name: metadata.name!, uid: metadata.uid! }] };
}

async function exists<T extends KubeObject>(
  { admin }: TestCluster,
  kind: KindDefinition<T>,
  name: string,
): Promise<boolean> {
  try {
    await admin.get(kind, { namespace: "default", name });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

test("a kind that is served at run time is known at once to discovery, OpenAPI and every verb", async () => {
  await using cluster = await TestCluster.start({ parts: [] });
  const { admin } = cluster;
  const Boat = boatKind();
  await cluster.resources.serve(Boat);
  assert.match(await read(cluster, GROUP), /"name":"boats".*"shortNames":\["bt"\]/);
  assert.match(await read(cluster, "/openapi/v3/apis/example.org/v1"), /"org\.example\.v1\.Boat"/);
  assert.match(await read(cluster, "/openapi/v2"), /"org\.example\.v1\.Boat"/);
  const created = await admin.create(Boat, { ...boat("a"), spec: { sails: 2, unknown: 1 } });
  assert.deepEqual(created["spec"], { sails: 2 });
  assert.equal((await admin.list(Boat, { namespace: "default" })).items.length, 1);
  for (const manager of ["one", "other"]) {
    const applied = { ...boat("a"), spec: { crew: [{ name: manager }] } };
    await admin.patch(Boat, { namespace: "default", name: "a" }, applied, { type: "apply", fieldManager: manager });
  }
  const { spec } = await admin.get(Boat, { namespace: "default", name: "a" });
  assert.deepEqual(spec, { sails: 2, crew: [{ name: "one" }, { name: "other" }] });
  const table = JSON.parse(
    await read(cluster, `${GROUP}/namespaces/default/boats`, "application/json;as=Table;g=meta.k8s.io;v=v1"),
  ) as { columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] };
  assert.deepEqual(
    table.columnDefinitions.map(({ name }) => name),
    ["Name", "Age"],
  );
  assert.deepEqual(table.rows[0]?.cells, ["a", "0s"]);
});

test("a kind that is not served any more is forgotten, and its watchers are told so", async () => {
  await using cluster = await TestCluster.start({ parts: [] });
  const { admin } = cluster;
  const Boat = boatKind();
  await cluster.resources.serve(Boat);
  const told: string[] = [];
  const watching = (async () => {
    for await (const events of admin.watch(Boat, { resourceVersion: "0" }))
      told.push(...events.map(({ type, object }) => `${type} ${object.metadata.name}`));
    return "ended";
  })();
  await admin.create(Boat, boat("a"));
  await admin.delete(Boat, { namespace: "default", name: "a" });
  await cluster.resources.remove(Boat);
  assert.equal(await watching, "ended");
  assert.deepEqual(told, ["ADDED a", "DELETED a"]);
  await assert.rejects(read(cluster, GROUP), isNotFound);
  await assert.rejects(read(cluster, "/openapi/v3/apis/example.org/v1"), isNotFound);
  assert.doesNotMatch(await read(cluster, "/openapi/v2"), /example\.org/);
  await assert.rejects(read(cluster, `${GROUP}/boats`), isNotFound);
  await assert.rejects(admin.list(Boat), isNotFound);
});

test("objects of a kind that is served at run time are collected with their owners, and with them what they own", async () => {
  await using cluster = await TestCluster.start({ parts: ["controllers"] });
  const { admin } = cluster;
  const Boat = boatKind();
  await cluster.resources.serve(Boat);
  await cluster.pass(SOON_MS);
  const owner = await admin.create(ConfigMap, map("owner"));
  const owned = await admin.create(Boat, boat("owned", ownedBy("v1", "ConfigMap", owner)));
  await admin.create(ConfigMap, map("last", ownedBy("example.org/v1", "Boat", owned)));
  const other = await admin.create(ConfigMap, map("other"));
  const both = [
    ...ownedBy("v1", "ConfigMap", owner).ownerReferences,
    ...ownedBy("v1", "ConfigMap", other).ownerReferences,
  ];
  await admin.create(Boat, boat("shared", { ownerReferences: both }));
  await cluster.pass(SOON_MS);
  assert.ok(await exists(cluster, ConfigMap, "last"));
  await admin.delete(ConfigMap, { namespace: "default", name: "owner" });
  await cluster.pass(SOON_MS);
  assert.equal(await exists(cluster, Boat, "owned"), false);
  assert.equal(await exists(cluster, ConfigMap, "last"), false);
  const { metadata } = await admin.get(Boat, { namespace: "default", name: "shared" });
  assert.deepEqual(
    metadata.ownerReferences?.map(({ name }) => name),
    ["other"],
  );
});

test("a deletion in the foreground waits for objects of a kind that is served at run time", async () => {
  await using cluster = await TestCluster.start({ parts: ["controllers"] });
  const { admin } = cluster;
  const Boat = boatKind();
  await cluster.resources.serve(Boat);
  await cluster.pass(SOON_MS);
  const owner = await admin.create(ConfigMap, map("owner"));
  const [reference] = ownedBy("v1", "ConfigMap", owner).ownerReferences;
  const held = { ownerReferences: [{ ...reference, blockOwnerDeletion: true }], finalizers: ["example.org/hold"] };
  await admin.create(Boat, boat("held", held));
  await cluster.pass(SOON_MS);
  await admin.delete(ConfigMap, { namespace: "default", name: "owner" }, { propagationPolicy: "Foreground" });
  await cluster.pass(SOON_MS);
  assert.ok(await exists(cluster, ConfigMap, "owner"));
  await admin.patch(
    Boat,
    { namespace: "default", name: "held" },
    { metadata: { finalizers: null } },
    { type: "merge" },
  );
  await cluster.pass(SOON_MS);
  assert.equal(await exists(cluster, Boat, "held"), false);
  assert.equal(await exists(cluster, ConfigMap, "owner"), false);
});

test("a deletion in the foreground waits until the objects of a kind that has just come are known", async () => {
  // The first of them is cut before it has told anything.
  let watches = 0;
  const cut = ({ path, query }: TransportRequest) =>
    path.endsWith("/boats") && query.has("watch") && ++watches === 1 ? ({ type: "cut", after: 0 } as const) : undefined;
  await using cluster = await TestCluster.start({ parts: ["controllers"], faults: { controllers: cut } });
  const { admin } = cluster;
  const owner = await admin.create(ConfigMap, map("owner"));
  const Boat = boatKind();
  await cluster.resources.serve(Boat);
  const [reference] = ownedBy("v1", "ConfigMap", owner).ownerReferences;
  const held = { ownerReferences: [{ ...reference, blockOwnerDeletion: true }], finalizers: ["example.org/hold"] };
  await admin.create(Boat, boat("held", held));
  await cluster.pass(50);
  assert.equal(watches, 1);
  await admin.delete(ConfigMap, { namespace: "default", name: "owner" }, { propagationPolicy: "Foreground" });
  await cluster.pass(10_000);
  assert.ok(await exists(cluster, ConfigMap, "owner"));
  await admin.patch(
    Boat,
    { namespace: "default", name: "held" },
    { metadata: { finalizers: null } },
    { type: "merge" },
  );
  await cluster.eventually(async () => !(await exists(cluster, ConfigMap, "owner")));
});

test("what is owned by something of an unknown kind stays, and is looked at when the kind is known", async () => {
  await using cluster = await TestCluster.start({ parts: ["controllers"] });
  const { admin } = cluster;
  const Boat = boatKind();
  await cluster.resources.serve(Boat);
  const owner = await admin.create(Boat, boat("owner"));
  const lost = await admin.create(Boat, boat("lost"));
  await admin.delete(Boat, { namespace: "default", name: "lost" });
  await cluster.resources.remove(Boat);
  await cluster.pass(SOON_MS);
  await admin.create(ConfigMap, map("kept", ownedBy("example.org/v1", "Boat", owner)));
  await admin.create(ConfigMap, map("orphan", ownedBy("example.org/v1", "Boat", lost)));
  await cluster.pass(60_000);
  assert.ok(await exists(cluster, ConfigMap, "orphan"));
  await cluster.resources.serve(boatKind());
  await cluster.pass(SOON_MS);
  assert.equal(await exists(cluster, ConfigMap, "orphan"), false);
  assert.ok(await exists(cluster, ConfigMap, "kept"));
});

test("a namespace takes objects of a kind with it that nobody had heard of before", async () => {
  let isDeaf = false;
  await using cluster = await TestCluster.start({
    parts: ["controllers"],
    faults: { controllers: ({ headers }) => (isDeaf && headers?.["prefer"] ? { type: "lose" } : undefined) },
  });
  const { admin } = cluster;
  await admin.create(Namespace, { metadata: { name: "doomed" } });
  // The request that waits for a change is answered once more, and no other one.
  isDeaf = true;
  await cluster.pass(61_000);
  const Boat = boatKind();
  await cluster.resources.serve(Boat);
  await admin.create(Boat, boat("a", {}, "doomed"));
  await admin.create(Boat, boat("b", {}, "default"));
  await admin.delete(Namespace, { namespace: "", name: "doomed" });
  await cluster.pass(SOON_MS);
  const left = (await admin.list(Boat)).items.map(({ metadata }) => metadata.name);
  assert.deepEqual(left, ["b"]);
  await cluster.eventually(async () => {
    const { items } = await admin.list(Namespace);
    return items.every(({ metadata }) => metadata.name !== "doomed");
  });
});

test("controllers that cannot reach discovery for a while know afterwards what is served", async () => {
  let isAway = false;
  await using cluster = await TestCluster.start({
    parts: ["controllers"],
    faults: { controllers: ({ path }) => (isAway && path.startsWith("/api") ? { type: "lose" } : undefined) },
  });
  const { admin } = cluster;
  isAway = true;
  const Boat = boatKind();
  await cluster.resources.serve(Boat);
  const owner = await admin.create(ConfigMap, map("owner"));
  await admin.create(Boat, boat("owned", ownedBy("v1", "ConfigMap", owner)));
  await admin.delete(ConfigMap, { namespace: "default", name: "owner" });
  await cluster.pass(5000);
  isAway = false;
  await cluster.eventually(async () => !(await exists(cluster, Boat, "owned")));
});
