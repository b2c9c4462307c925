import assert from "node:assert/strict";
import { test } from "node:test";
import { Node, Pod, ServiceAccount } from "@dingi/api";
import { FakeClock, settle } from "@dingi/base";
import { openMemoryStore } from "@dingi/store";
import { startTestServer } from "../testing/test-server.ts";
import type { NodePoints } from "./parse-metrics.ts";

const SECOND = 1000;
const ROOT = "/apis/metrics.k8s.io/v1beta1";

/** A server of two nodes, on which a pod runs that takes half a processor. */
async function serve() {
  const asked: string[] = [];
  const away = new Set<string>();
  const clock = new FakeClock();
  const store = openMemoryStore({ clock });
  const readNode = (name: string): Promise<NodePoints> => {
    asked.push(name);
    if (away.has(name)) return Promise.reject(new Error("away"));
    const timeMs = clock.now();
    const seconds = timeMs / SECOND;
    const point = { memoryBytes: 1_048_576, timeMs, cpuNanoSeconds: seconds * 5e8 };
    const pods = name === "a" ? [["default/web", new Map([["main", { ...point, startMs: 0 }]])] as const] : [];
    return Promise.resolve({ node: { ...point, cpuNanoSeconds: seconds * 2e9 }, pods: new Map(pods) });
  };
  const api = await startTestServer({ resourceMetrics: { readNode }, shared: { clock, store } });
  for (const name of ["a", "b"]) await api.admin.create(Node, { metadata: { name, labels: { zone: name } } });
  await api.admin.create(ServiceAccount, { metadata: { namespace: "default", name: "default" } });
  const containers = [{ name: "main", image: "registry.example/web:1" }];
  await api.admin.create(Pod, {
    metadata: { namespace: "default", name: "web", labels: { app: "web" } },
    spec: { containers },
  });
  await api.admin.create(Pod, { metadata: { namespace: "default", name: "pending" }, spec: { containers } });
  /** What is answered once the second has passed that the first one waits for. */
  const read = async (url: string, headers: Record<string, string> = {}) => {
    const answer = api.send({ url, headers });
    for (let turn = 0; turn < 5; turn++) await settle();
    await api.clock.advance(SECOND);
    const { status, text } = await answer;
    return { status, body: JSON.parse(text) as Record<string, unknown> & { items: Record<string, unknown>[] } };
  };
  const tick = async (ms: number) => {
    for (let left = ms; left > 0; left -= SECOND) {
      await api.clock.advance(SECOND);
      for (let turn = 0; turn < 5; turn++) await settle();
    }
  };
  const end = async () => {
    await api[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  };
  return { api, asked, away, read, tick, [Symbol.asyncDispose]: end };
}

test("what pods and nodes use is told to who asks first, after a second", async () => {
  await using one = await serve();
  const { body } = await one.read(`${ROOT}/namespaces/default/pods`);
  const [{ metadata, ...web }, ...others] = body.items as [Record<string, unknown>];
  assert.deepEqual(web, {
    timestamp: "2026-01-01T00:00:01Z",
    window: "1s",
    containers: [{ name: "main", usage: { cpu: "500m", memory: "1Mi" } }],
  });
  assert.deepEqual(metadata, {
    name: "web",
    namespace: "default",
    creationTimestamp: "2026-01-01T00:00:01Z",
    labels: { app: "web" },
  });
  assert.deepEqual([body["kind"], body["apiVersion"], others], ["PodMetricsList", "metrics.k8s.io/v1beta1", []]);
  const nodes = (await one.read(`${ROOT}/nodes?labelSelector=zone=b`)).body.items;
  assert.deepEqual(
    nodes.map(({ usage }) => usage),
    [{ cpu: "2", memory: "1Mi" }],
  );
});

test("one object, or why there is none", async () => {
  await using one = await serve();
  const { body } = await one.read(`${ROOT}/namespaces/default/pods/web`);
  assert.equal(body["kind"], "PodMetrics");
  assert.equal((await one.read(`${ROOT}/nodes/b`)).body["window"], "1s");
  const refused = async (path: string) => {
    const { status, body: said } = await one.read(`${ROOT}${path}`);
    return [status, said["message"]];
  };
  assert.deepEqual(await refused("/namespaces/default/pods/pending"), [
    404,
    'podmetrics.metrics.k8s.io "default/pending" not found',
  ]);
  assert.deepEqual(await refused("/namespaces/default/pods/none"), [404, 'pods "none" not found']);
  assert.deepEqual(await refused("/nodes/none"), [404, 'nodes "none" not found']);
  one.away.add("b");
  await one.tick(15 * SECOND);
  assert.deepEqual(await refused("/nodes/b"), [404, 'nodemetrics.metrics.k8s.io "b" not found']);
});

test("as long as somebody asks it is measured every so often, and afterwards not at all", async () => {
  await using one = await serve();
  await one.tick(60 * SECOND);
  assert.deepEqual(one.asked, []);
  await one.read(`${ROOT}/nodes`);
  assert.equal(one.asked.length, 4);
  await one.tick(60 * SECOND);
  assert.equal(one.asked.length, 12);
  const { body } = await one.read(`${ROOT}/nodes/a`);
  assert.equal(body["window"], "15s");
  await one.tick(10 * 60 * SECOND);
  const asked = one.asked.length;
  await one.tick(60 * SECOND);
  assert.equal(one.asked.length, asked);
  assert.ok(asked < 12 + 2 * 14, String(asked));
});

test("discovery, tables and the APIService tell of it", async () => {
  await using one = await serve();
  const { body } = await one.read(ROOT);
  const verbs = ["get", "list"];
  assert.deepEqual(body["resources"], [
    { name: "nodes", singularName: "", namespaced: false, kind: "NodeMetrics", verbs },
    { name: "pods", singularName: "", namespaced: true, kind: "PodMetrics", verbs },
  ]);
  const accept = "application/json;as=Table;g=meta.k8s.io;v=v1";
  const table = (await one.read(`${ROOT}/nodes`, { accept })).body as unknown as {
    columnDefinitions: { name: string }[];
    rows: { cells: unknown[] }[];
  };
  assert.deepEqual(
    table.columnDefinitions.map(({ name }) => name),
    ["Name", "cpu", "memory", "Window"],
  );
  assert.deepEqual(table.rows[0]?.cells, ["a", "2", "1Mi", "1s"]);
  const { spec } = (await one.read("/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io")).body;
  assert.deepEqual(spec, {
    group: "metrics.k8s.io",
    version: "v1beta1",
    groupPriorityMinimum: 100,
    versionPriority: 100,
  });
});
