import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { settle } from "@dingi/base";
import { boatKind } from "../testing/boat.ts";
import { startTestServer, type RawResponse, type TestServer } from "../testing/test-server.ts";

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

let api: TestServer;
before(async () => (api = await startTestServer()));
after(() => api[Symbol.asyncDispose]());

const read = (url: string, headers: Record<string, string> = {}): Promise<RawResponse> => api.send({ url, headers });
const etagOf = ({ headers }: RawResponse): string => headers["etag"] as string;

/** Tells the request's answer once there is one. */
function waiting(request: Promise<RawResponse>): () => RawResponse | undefined {
  let answer: RawResponse | undefined;
  void request.then((answered) => (answer = answered));
  return () => answer;
}

const quiet = async () => {
  for (let turn = 0; turn < 5; turn++) await settle();
};

test("a client that has discovery and wants to wait is answered when it changes", async () => {
  const etag = etagOf(await read("/apis", { accept: AGGREGATED }));
  const wait = { accept: AGGREGATED, "if-none-match": etag, prefer: "respond-async, wait=60" };
  const state = waiting(read("/apis", wait));
  const core = waiting(read("/api", { ...wait, "if-none-match": etagOf(await read("/api", { accept: AGGREGATED })) }));
  await api.clock.advance(59_000);
  await quiet();
  assert.equal(state(), undefined);
  const Boat = boatKind();
  await api.server.resources.serve(Boat);
  await quiet();
  assert.equal(state()?.status, 200);
  assert.equal(state()!.headers["preference-applied"], "wait=60");
  assert.match(state()!.text, /"resource":"boats"/);
  assert.equal(core(), undefined);
  await api.clock.advance(1000);
  await quiet();
  assert.equal(core()?.status, 304);
  await api.server.resources.remove(Boat);
  assert.equal(etagOf(await read("/apis", { accept: AGGREGATED })), etag);
});

test("who has another document, or does not say how long, is not kept waiting", async () => {
  const etag = etagOf(await read("/apis", { accept: AGGREGATED }));
  for (const headers of [
    { prefer: "wait=60", "if-none-match": '"other"' },
    { prefer: "wait=60" },
    { prefer: "wait=soon", "if-none-match": etag },
    { "if-none-match": etag },
  ]) {
    const { status } = await read("/apis", { accept: AGGREGATED, ...headers });
    assert.equal(status, etag === (headers as Record<string, string>)["if-none-match"] ? 304 : 200);
  }
});

test("nobody waits longer than five minutes", async () => {
  const etag = etagOf(await read("/apis", { accept: AGGREGATED }));
  const state = waiting(read("/apis", { accept: AGGREGATED, "if-none-match": etag, prefer: "wait=99999999" }));
  await api.clock.advance(299_000);
  await quiet();
  assert.equal(state(), undefined);
  await api.clock.advance(1000);
  await quiet();
  assert.deepEqual([state()?.status, state()?.headers["preference-applied"]], [304, "wait=300"]);
});

test("a kind is in every document from when it is served until it is removed, and others stay as they were", async () => {
  const documents = async () => {
    const index = JSON.parse((await read("/openapi/v3")).text) as {
      paths: Record<string, { serverRelativeURL: string }>;
    };
    return {
      groups: (await read("/apis")).text,
      group: await read("/apis/example.org"),
      version: await read("/apis/example.org/v1"),
      own: index.paths["apis/example.org/v1"]?.serverRelativeURL,
      pods: index.paths["api/v1"]?.serverRelativeURL,
      v2: await read("/openapi/v2"),
    };
  };
  const without = await documents();
  assert.equal(without.group.status, 404);
  assert.equal(without.own, undefined);
  const Boat = boatKind();
  await api.server.resources.serve(Boat);
  const served = await documents();
  assert.match(served.groups, /"name":"example.org"/);
  assert.equal(served.group.status, 200);
  assert.match(served.version.text, /"name":"boats","singularName":"boat","namespaced":true,"kind":"Boat"/);
  assert.match(served.version.text, /"shortNames":\["bt"\],"categories":\["all"\]/);
  assert.match(served.version.text, /"name":"boats\/status"/);
  assert.equal(served.pods, without.pods);
  assert.notEqual(etagOf(served.v2), etagOf(without.v2));
  assert.match(served.v2.text, /"org.example.v1.Boat"/);
  const replaced = boatKind({ more: { port: { type: "free", of: "string" } } });
  await api.server.resources.replace(Boat, replaced);
  const changed = await documents();
  assert.notEqual(changed.own, served.own);
  assert.match((await read(changed.own!)).text, /"port":\{"type":"string"\}/);
  assert.equal((await read(served.own!)).status, 301);
  await api.server.resources.remove(replaced);
  const after = await documents();
  assert.deepEqual([after.groups, after.group.status, after.own], [without.groups, 404, undefined]);
  assert.equal(etagOf(after.v2), etagOf(without.v2));
});

// What upstream published for a definition with the same schema.
test("the schema is published, in the older form without what its readers would refuse", async () => {
  const Boat = boatKind();
  await api.server.resources.serve(Boat);
  const v3 = JSON.parse((await read("/openapi/v3/apis/example.org/v1")).text) as {
    paths: Record<string, { get?: { operationId: string }; patch?: { requestBody: { content: object } } }>;
    components: { schemas: Record<string, { properties: Record<string, unknown> }> };
  };
  const gvk = [{ group: "example.org", kind: "Boat", version: "v1" }];
  const cargo = {
    type: "object",
    properties: { weight: { type: "number" } },
    "x-kubernetes-preserve-unknown-fields": true,
  };
  const boat = v3.components.schemas["org.example.v1.Boat"] as { properties: { spec: { properties: object } } };
  assert.deepEqual((boat.properties.spec.properties as { cargo: unknown }).cargo, cargo);
  assert.deepEqual((boat as Record<string, unknown>)["x-kubernetes-group-version-kind"], gvk);
  const item = v3.paths["/apis/example.org/v1/namespaces/{namespace}/boats/{name}"]!;
  assert.equal(item.get?.operationId, "readExampleOrgV1NamespacedBoat");
  const patches = ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];
  assert.deepEqual(Object.keys(item.patch!.requestBody.content), patches);
  const v2 = JSON.parse((await read("/openapi/v2")).text) as { definitions: Record<string, typeof boat> };
  const older = v2.definitions["org.example.v1.Boat"]!.properties.spec.properties as { cargo: unknown };
  assert.deepEqual(older.cargo, { "x-kubernetes-preserve-unknown-fields": true });
  await api.server.resources.remove(Boat);
});
