import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import {
  ConfigMap,
  Deployment,
  Namespace,
  Node,
  Pod,
  SelfSubjectReview,
  ServiceAccount,
  TokenReview,
  type V1ConfigMap,
} from "@dingi/api";
import { isConflict, isNotFound, StatusError, type KubeObject, type WatchEvent } from "@dingi/apimachinery";
import { TestCluster } from "@dingi/testing";
import { collectionPath, objectPath, type Client, type WriteObserver } from "./client.ts";

const namespace = "default";
const at = (name: string) => ({ namespace, name });
let cluster: TestCluster;
let client: Client;

before(async () => {
  cluster = await TestCluster.start({ parts: [] });
  client = cluster.admin;
  await client.create(ServiceAccount, { metadata: at("default") });
});

after(async () => await cluster[Symbol.asyncDispose]());

async function addMap(name: string, labels: Record<string, string> = {}): Promise<V1ConfigMap> {
  return await client.create(ConfigMap, { metadata: { ...at(name), labels }, data: { a: "1" } });
}

const namesOf = (items: readonly KubeObject[]) => items.map(({ metadata }) => metadata.name).sort();

suite("paths", () => {
  test("are those of the kind's group, scope and namespace, with names quoted", () => {
    assert.equal(collectionPath(ConfigMap), "/api/v1/configmaps");
    assert.equal(collectionPath(ConfigMap, "a b"), "/api/v1/namespaces/a%20b/configmaps");
    assert.equal(collectionPath(Node, "ignored"), "/api/v1/nodes");
    assert.equal(
      objectPath(Deployment, at("d/e"), "scale"),
      "/apis/apps/v1/namespaces/default/deployments/d%2Fe/scale",
    );
    assert.equal(objectPath(Node, { namespace: "", name: "n" }), "/api/v1/nodes/n");
  });
});

suite("reads", () => {
  test("one object, the same that the server has; what is not there is an error of its own", async () => {
    await addMap("read");
    const [one, again] = [await client.get(ConfigMap, at("read")), await client.get(ConfigMap, at("read"))];
    assert.equal(one, again);
    await assert.rejects(client.get(ConfigMap, at("nothing")), isNotFound);
    await assert.rejects(client.get(ConfigMap, at("read"), { resourceVersion: "abc" }), { code: 400 });
  });

  test("lists of a namespace and of all, selected, and in pages", async () => {
    await client.create(Namespace, { metadata: { name: "other" } } as never);
    await client.create(ConfigMap, { metadata: { namespace: "other", name: "far", labels: { list: "1" } } });
    await addMap("near", { list: "1" });
    await addMap("nearer", { list: "2" });
    const list = async (options: object) => namesOf((await client.list(ConfigMap, options)).items);
    assert.deepEqual(await list({ labelSelector: "list" }), ["far", "near", "nearer"]);
    assert.deepEqual(await list({ namespace, labelSelector: "list" }), ["near", "nearer"]);
    assert.deepEqual(await list({ labelSelector: "list=1" }), ["far", "near"]);
    assert.deepEqual(await list({ namespace, fieldSelector: "metadata.name=near" }), ["near"]);
    const page = await client.list(ConfigMap, { labelSelector: "list", limit: 2 });
    assert.equal(page.items.length, 2);
    const rest = await client.list(ConfigMap, { labelSelector: "list", continue: page.metadata.continue! });
    assert.equal(rest.items.length, 1);
  });

  test("a watch tells what happens, until its signal aborts", async () => {
    const stop = new AbortController();
    const { metadata } = await client.list(ConfigMap);
    const { resourceVersion = "" } = metadata;
    const seen: string[] = [];
    const watching = (async () => {
      for await (const events of client.watch(ConfigMap, { namespace, resourceVersion, signal: stop.signal }))
        seen.push(...events.map(({ type, object }: WatchEvent<V1ConfigMap>) => `${type} ${object.metadata.name}`));
    })().catch(() => {});
    const map = await addMap("watched");
    await client.update(ConfigMap, { ...map, data: { b: "2" } });
    await client.delete(ConfigMap, at("watched"));
    await cluster.pass(250);
    stop.abort(new Error("Enough"));
    await watching;
    assert.deepEqual(seen, ["ADDED watched", "MODIFIED watched", "DELETED watched"]);
  });
});

suite("writes", () => {
  test("an object that is handed in stays as it was", async () => {
    const given = { metadata: at("given"), data: { a: "1" } };
    await client.create(ConfigMap, given);
    assert.deepEqual(given, { metadata: at("given"), data: { a: "1" } });
  });

  test("an update of an older state is a conflict", async () => {
    const map = await addMap("updated");
    await client.update(ConfigMap, { ...map, data: { a: "2" } });
    await assert.rejects(client.update(ConfigMap, { ...map, data: { a: "3" } }), isConflict);
  });

  test("a dry run, a field manager and strictness reach the server", async () => {
    await client.create(ConfigMap, { metadata: at("tried") }, { dryRun: true });
    await assert.rejects(client.get(ConfigMap, at("tried")), isNotFound);
    const made = await client.create(
      ConfigMap,
      { metadata: at("managed"), data: { a: "1" } },
      { fieldManager: "somebody" },
    );
    assert.equal(made.metadata.managedFields?.[0]?.manager, "somebody");
    const odd = { metadata: at("odd"), colour: "red" } as never;
    const strict = client.patch(ConfigMap, at("managed"), odd, { type: "merge", fieldValidation: "Strict" });
    await assert.rejects(strict, /unknown field "colour"/);
  });

  test("patches of each type", async () => {
    await addMap("patched");
    const patch = (body: unknown, type: "json" | "merge" | "strategic") =>
      client.patch(ConfigMap, at("patched"), body, { type });
    await patch([{ op: "add", path: "/data/json", value: "1" }], "json");
    await patch({ data: { merge: "1", a: null } }, "merge");
    const { data } = await patch({ data: { strategic: "1" } }, "strategic");
    assert.deepEqual(data, { json: "1", merge: "1", strategic: "1" });
  });

  test("apply names its kind itself, and takes fields from others only by force", async () => {
    const apply = (fieldManager: string, value: string, force?: boolean) =>
      client.patch(
        ConfigMap,
        at("applied"),
        { metadata: { name: "applied" }, data: { a: value } },
        { type: "apply", fieldManager, ...(force === undefined ? {} : { force }) },
      );
    await apply("one", "1");
    await assert.rejects(apply("two", "2"), isConflict);
    await assert.rejects(apply("two", "2", false), isConflict);
    assert.deepEqual((await apply("two", "2", true)).data, { a: "2" });
  });

  test("subresources have doors of their own", async () => {
    const spec = { containers: [{ name: "c", image: "i" }] };
    const pod = await client.create(Pod, { metadata: at("pod"), spec } as never);
    const status = { ...pod.status, phase: "Running" };
    await client.update(Pod, { ...pod, status }, { subresource: "status" });
    assert.equal((await client.get(Pod, at("pod"))).status.phase, "Running");
    const failed = { status: { phase: "Failed" } };
    await client.patch(Pod, at("pod"), failed, { type: "merge", subresource: "status" });
    assert.equal((await client.get(Pod, at("pod"), { subresource: "status" })).status.phase, "Failed");
    const binding = { apiVersion: "v1", kind: "Binding", metadata: { name: "pod" }, target: { name: "nowhere" } };
    await client.createSubresource(Pod, at("pod"), "binding", binding);
    assert.equal((await client.get(Pod, at("pod"))).spec.nodeName, "nowhere");
  });

  test("reviews are asked where they are", async () => {
    const self = await client.review(SelfSubjectReview, { metadata: {} });
    assert.equal(self.status?.userInfo?.username, "admin");
    const token = await client.review(TokenReview, { metadata: {}, spec: { token: "none" } });
    assert.notEqual(token.status?.authenticated, true);
  });
});

suite("deletions", () => {
  test("with what has to be so", async () => {
    const { metadata } = await addMap("kept");
    await assert.rejects(client.delete(ConfigMap, at("kept"), { preconditions: { uid: "another" } }), isConflict);
    await client.delete(ConfigMap, at("kept"), { preconditions: { uid: metadata.uid! } });
    await assert.rejects(client.delete(ConfigMap, at("kept")), isNotFound);
  });

  test("of all that are selected, in one namespace", async () => {
    await addMap("x1", { gone: "yes" });
    await addMap("x2", { gone: "no" });
    await client.deleteCollection(ConfigMap, { namespace, labelSelector: "gone=yes" });
    const { items } = await client.list(ConfigMap, { namespace, labelSelector: "gone" });
    assert.deepEqual(namesOf(items), ["x2"]);
  });
});

suite("whoever wants to know what goes through a client", () => {
  test("is told of each write as the server answered, and of each removal", async () => {
    const told: string[] = [];
    const observer: WriteObserver = {
      wrote: ({ kind }, { metadata }) =>
        told.push(`wrote ${kind} ${metadata.name} ${Boolean(metadata.resourceVersion)}`),
      removed: ({ kind }, { name }, uid) => told.push(`removed ${kind} ${name} ${uid}`),
    };
    const watched = client.observedBy(observer);
    const made = await watched.create(ConfigMap, { metadata: at("told") });
    await watched.update(ConfigMap, { ...made, data: { a: "1" } });
    await watched.patch(ConfigMap, at("told"), { data: { b: "2" } }, { type: "merge" });
    await watched.get(ConfigMap, at("told"));
    await watched.delete(ConfigMap, at("told"));
    await assert.rejects(watched.delete(ConfigMap, at("told")), isNotFound);
    const wrote = "wrote ConfigMap told true";
    assert.deepEqual(told, [wrote, wrote, wrote, `removed ConfigMap told ${made.metadata.uid}`]);
  });
});

suite("streams and errors", () => {
  const text = async (path: string): Promise<string> => {
    await using response = await client.stream({ method: "GET", path, query: new URLSearchParams() });
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };

  test("any path can be read as it is", async () => {
    assert.equal(await text("/healthz"), "ok");
    assert.match(await text("/version"), /"gitVersion"/);
  });

  test("what no router knows is an error with a status, too", async () => {
    await assert.rejects(text("/nowhere/at/all"), (error: unknown) => {
      assert.ok(error instanceof StatusError);
      assert.equal(error.code, 404);
      return true;
    });
    const nobody = cluster.as({ name: "nobody" });
    await assert.rejects(nobody.list(ConfigMap), { code: 403 });
  });
});
