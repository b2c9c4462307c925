import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ConfigMap, Pod, Service, ServiceAccount, type V1ConfigMap } from "@dingi/api";
import { isConflict, isNotFound, type WatchEvent } from "@dingi/apimachinery";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let api: TestServer;
before(async () => {
  api = await startTestServer();
  await api.admin.create(ServiceAccount, { metadata: { namespace: "default", name: "default" } });
});
after(() => api[Symbol.asyncDispose]());

const key = (name: string) => ({ namespace: "default", name });

async function configMap(name: string, more: { data?: Record<string, string>; labels?: Record<string, string> } = {}) {
  const { data = { a: "1" }, labels = {} } = more;
  return await api.admin.create(ConfigMap, { metadata: { ...key(name), labels }, data });
}

test("An object is created, read, listed, replaced and deleted", async () => {
  const made = await configMap("life");
  assert.match(made.metadata.uid ?? "", /^[0-9a-f-]{36}$/);
  assert.deepEqual((await api.admin.get(ConfigMap, key("life"))).data, { a: "1" });
  const changed = await api.admin.update(ConfigMap, { ...made, data: { a: "2" } });
  assert.notEqual(changed.metadata.resourceVersion, made.metadata.resourceVersion);
  const { items } = await api.admin.list(ConfigMap, { namespace: "default", fieldSelector: "metadata.name=life" });
  assert.deepEqual(
    items.map(({ data }) => data),
    [{ a: "2" }],
  );
  await api.admin.delete(ConfigMap, key("life"));
  await assert.rejects(api.admin.get(ConfigMap, key("life")), isNotFound);
});

/** Upstream says so even of a name that was given, when a base for names is there too. */
const NONE_FREE = ", the server was not able to generate a unique name for the object";

test("a name that was given is not replaced by one from generateName when it is taken", async () => {
  const metadata = { namespace: "default", name: "given", generateName: "given-" };
  const create = () => api.send({ method: "POST", url: "/api/v1/namespaces/default/configmaps", body: { metadata } });
  assert.equal((await create()).status, 201);
  const { status, text } = await create();
  assert.equal(status, 409, text);
  assert.equal((JSON.parse(text) as { message: string }).message, `configmaps "given" already exists${NONE_FREE}`);
});

test("A name is made from generateName", async () => {
  const made = await api.admin.create(ConfigMap, { metadata: { namespace: "default", generateName: "gen-" } });
  assert.match(made.metadata.name ?? "", /^gen-[a-z0-9]{5}$/);
});

test("An update of an older revision is a conflict", async () => {
  const made = await configMap("stale");
  await api.admin.update(ConfigMap, { ...made, data: { a: "2" } });
  await assert.rejects(api.admin.update(ConfigMap, { ...made, data: { a: "3" } }), isConflict);
});

test("An update that changes nothing keeps the revision", async () => {
  const made = await configMap("same");
  const again = await api.admin.update(ConfigMap, made);
  assert.equal(again.metadata.resourceVersion, made.metadata.resourceVersion);
});

test("An object is patched in all four ways", async () => {
  await configMap("patched");
  const { admin } = api;
  await admin.patch(ConfigMap, key("patched"), [{ op: "add", path: "/data/json", value: "x" }], { type: "json" });
  await admin.patch(ConfigMap, key("patched"), { data: { merge: "x", a: null } }, { type: "merge" });
  await admin.patch(ConfigMap, key("patched"), { data: { strategic: "x" } }, { type: "strategic" });
  const applied = { metadata: key("patched"), data: { applied: "x" } };
  const end = await admin.patch(ConfigMap, key("patched"), applied, { type: "apply", fieldManager: "test" });
  assert.deepEqual({ ...end.data }, { json: "x", merge: "x", strategic: "x", applied: "x" });
  const managers = end.metadata.managedFields?.filter(({ operation }) => operation === "Apply");
  assert.deepEqual(
    managers?.map(({ manager }) => manager),
    ["test"],
  );
});

test("An apply of another manager's field is a conflict unless it is forced", async () => {
  const applied = (value: string) => ({ metadata: key("owned"), data: { a: value } });
  const as = (fieldManager: string) => ({ type: "apply", fieldManager }) as const;
  await api.admin.patch(ConfigMap, key("owned"), applied("1"), as("one"));
  await assert.rejects(api.admin.patch(ConfigMap, key("owned"), applied("2"), as("two")), isConflict);
  const end = await api.admin.patch(ConfigMap, key("owned"), applied("2"), { ...as("two"), force: true });
  assert.equal(end.data?.["a"], "2");
});

test("A finalizer keeps a deleted object until it is taken away", async () => {
  await api.admin.create(ConfigMap, { metadata: { ...key("kept"), finalizers: ["example.org/keep"] } });
  await api.admin.delete(ConfigMap, key("kept"));
  const kept = await api.admin.get(ConfigMap, key("kept"));
  assert.ok(kept.metadata.deletionTimestamp);
  await api.admin.patch(ConfigMap, key("kept"), { metadata: { finalizers: null } }, { type: "merge" });
  await assert.rejects(api.admin.get(ConfigMap, key("kept")), isNotFound);
});

test("A pod on a node is deleted when its grace is over", async () => {
  const spec = { nodeName: "n", containers: [{ name: "c", image: "i" }] };
  await api.admin.create(Pod, { metadata: key("graceful"), spec });
  await api.admin.delete(Pod, key("graceful"));
  const going = await api.admin.get(Pod, key("graceful"));
  assert.equal(going.metadata.deletionGracePeriodSeconds, 30);
  await api.admin.delete(Pod, key("graceful"), { gracePeriodSeconds: 0 });
  await assert.rejects(api.admin.get(Pod, key("graceful")), isNotFound);
});

test("Pages together are the list", async () => {
  const labels = { set: "paged" };
  for (const name of ["p1", "p2", "p3", "p4", "p5"]) await configMap(name, { labels });
  const names: (string | undefined)[] = [];
  let token: string | undefined;
  do {
    const page = await api.admin.list(ConfigMap, {
      namespace: "default",
      labelSelector: "set=paged",
      limit: 2,
      ...(token ? { continue: token } : {}),
    });
    assert.ok(page.items.length <= 2);
    names.push(...page.items.map(({ metadata }) => metadata.name));
    token = page.metadata.continue;
    await configMap(`p2-${names.length}`, { labels });
  } while (token);
  assert.deepEqual(names, ["p1", "p2", "p3", "p4", "p5"]);
});

test("A token that is none is a bad request", async () => {
  await assert.rejects(api.admin.list(ConfigMap, { continue: "???" }), { code: 400 });
});

test("Labels and fields select", async () => {
  await configMap("s1", { labels: { tier: "front" } });
  await configMap("s2", { labels: { tier: "back" } });
  const select = async (labelSelector: string, fieldSelector = "") => {
    const { items } = await api.admin.list(ConfigMap, { namespace: "default", labelSelector, fieldSelector });
    return items.map(({ metadata }) => metadata.name);
  };
  assert.deepEqual(await select("tier"), ["s1", "s2"]);
  assert.deepEqual(await select("tier=front"), ["s1"]);
  assert.deepEqual(await select("tier,tier notin (front)"), ["s2"]);
  assert.deepEqual(await select("tier", "metadata.name!=s1"), ["s2"]);
  await assert.rejects(select("", "data.a=1"), { code: 400 });
  await assert.rejects(select("a in"), { code: 400 });
});

test("A watch begins with what is there; what leaves its selector is deleted", async () => {
  const made = await configMap("watched", { labels: { seen: "yes" } });
  const stop = new AbortController();
  const events = (async function* () {
    const watch = api.admin.watch(ConfigMap, {
      labelSelector: "seen=yes",
      sendInitialEvents: true,
      allowWatchBookmarks: true,
      resourceVersionMatch: "NotOlderThan",
      signal: stop.signal,
    });
    for await (const batch of watch) yield* batch;
  })();
  const next = async (): Promise<WatchEvent<V1ConfigMap>> => (await events.next()).value!;
  const added = await next();
  assert.deepEqual([added.type, added.object.metadata.name], ["ADDED", "watched"]);
  const bookmark = await next();
  assert.equal(bookmark.type, "BOOKMARK");
  assert.deepEqual(bookmark.object.metadata.annotations, { "k8s.io/initial-events-end": "true" });
  await api.admin.update(ConfigMap, { ...made, data: { a: "2" } });
  assert.equal((await next()).type, "MODIFIED");
  await api.admin.patch(ConfigMap, key("watched"), { metadata: { labels: { seen: "no" } } }, { type: "merge" });
  const left = await next();
  assert.deepEqual([left.type, left.object.data], ["DELETED", { a: "2" }]);
  stop.abort();
  await events.return(undefined);
});

test("A Service's address is allotted, and free again when it is gone", async () => {
  const ports = [{ port: 80 }];
  const made = await api.admin.create(Service, { metadata: key("svc"), spec: { ports } });
  const clusterIP = made.spec?.clusterIP ?? "";
  assert.match(clusterIP, /^10\.96\.0\.\d+$/);
  const again = { metadata: key("svc2"), spec: { clusterIP, ports } };
  await assert.rejects(api.admin.create(Service, again), { code: 422 });
  await api.admin.delete(Service, key("svc"));
  assert.equal((await api.admin.create(Service, again)).spec?.clusterIP, clusterIP);
});
