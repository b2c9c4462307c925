import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ConfigMap, Pod, Secret, ServiceAccount } from "@dingi/api";
import { newRequestEntityTooLarge } from "@dingi/apimachinery";
import { startTestServer, type RawRequest, type TestServer } from "./testing/test-server.ts";

let api: TestServer;
before(async () => {
  api = await startTestServer();
  await api.admin.create(ServiceAccount, { metadata: { namespace: "default", name: "default" } });
});
after(() => api[Symbol.asyncDispose]());

const MAPS = "/api/v1/namespaces/default/configmaps";
const JSON_TYPE = { "content-type": "application/json" };
const NODE_A = { name: "system:node:a", groups: ["system:nodes"] };
const NODE_B = { name: "system:node:b", groups: ["system:nodes"] };
const ADA = { name: "ada", groups: ["people"] };

const map = (name: string, more: object = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, ...more });

const REFUSED: readonly [title: string, request: RawRequest, status: number][] = [
  ["an object that is not there", { url: `${MAPS}/none` }, 404],
  ["a resource that is not there", { url: "/api/v1/things" }, 404],
  ["a version that is not there", { url: "/apis/apps/v9/things" }, 404],
  ["creating what has a name", { method: "POST", url: `${MAPS}/none`, headers: JSON_TYPE, body: map("none") }, 405],
  ["replacing a collection", { method: "PUT", url: MAPS, headers: JSON_TYPE, body: map("none") }, 405],
  ["a form that is not written", { url: MAPS, headers: { accept: "text/html" } }, 406],
  [
    "a body that is too long",
    {
      method: "POST",
      url: MAPS,
      headers: JSON_TYPE,
      readBody: (limit) => Promise.reject(newRequestEntityTooLarge(`limit is ${limit}`)),
    },
    413,
  ],
  ["a form that is not read", { method: "POST", url: MAPS, headers: { "content-type": "text/csv" }, text: "a" }, 415],
  [
    "a patch of no known form",
    { method: "PATCH", url: `${MAPS}/none`, headers: { "content-type": "text/csv" }, text: "a" },
    415,
  ],
  ["text that is no JSON", { method: "POST", url: MAPS, headers: JSON_TYPE, text: "{" }, 400],
  ["another kind", { method: "POST", url: MAPS, headers: JSON_TYPE, body: { ...map("x"), kind: "Secret" } }, 400],
  ["a name that is not valid", { method: "POST", url: MAPS, headers: JSON_TYPE, body: map("No Name") }, 422],
  ["a path that is badly encoded", { url: "/api/v1/%zz" }, 400],
  ["a token that is not valid", { url: MAPS, user: null, headers: { authorization: "Bearer nonsense" } }, 401],
  ["nobody in particular", { url: MAPS, user: null }, 403],
  ["somebody without a role", { url: MAPS, user: ADA }, 403],
];

for (const [title, request, status] of REFUSED) {
  test(`${status}: ${title}`, async () => {
    const response = await api.send(request);
    assert.equal(response.status, status, response.text);
    assert.partialDeepStrictEqual(JSON.parse(response.text), { kind: "Status", status: "Failure", code: status });
  });
}

test("404: a path that is not there", async () => {
  assert.equal((await api.send({ url: "/nothing" })).status, 404);
});

test("Anybody may ask for health and version", async () => {
  for (const url of ["/healthz", "/version"]) assert.equal((await api.send({ url, user: null })).status, 200);
});

test("A list can be asked for as a table", async () => {
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
  await api.admin.create(ConfigMap, { metadata: { namespace: "default", name: "tabled" }, data: { a: "1" } });
  const { status, text } = await api.send({ url: `${MAPS}?fieldSelector=metadata.name=tabled`, headers: { accept } });
  assert.equal(status, 200);
  const table = JSON.parse(text) as { kind: string; rows: { cells: unknown[] }[] };
  assert.equal(table.kind, "Table");
  assert.deepEqual(
    table.rows.map(({ cells }) => cells.slice(0, 2)),
    [["tabled", 1]],
  );
});

test("A dry run answers as if it had written, and writes nothing", async () => {
  const request = { method: "POST", url: `${MAPS}?dryRun=All`, headers: JSON_TYPE, body: map("dry") };
  assert.equal((await api.send(request)).status, 201);
  assert.equal((await api.send({ url: `${MAPS}/dry` })).status, 404);
});

test("An unknown field is refused, told of or ignored as the client wishes", async () => {
  const post = (validation: string) =>
    api.send({
      method: "POST",
      url: `${MAPS}?dryRun=All&fieldValidation=${validation}`,
      headers: JSON_TYPE,
      body: map("strict", { colour: "red" }),
    });
  const strict = await post("Strict");
  assert.equal(strict.status, 400);
  assert.match(strict.text, /strict decoding error: unknown field \\"colour\\"/);
  const warned = await post("Warn");
  assert.equal(warned.status, 201);
  assert.match(String(warned.headers["warning"] ?? warned.headers["Warning"]), /unknown field/);
  const ignored = await post("Ignore");
  assert.deepEqual([ignored.status, ignored.headers["warning"]], [201, undefined]);
});

test("A node reads the secrets of its own pods alone", async () => {
  const metadata = { namespace: "default", name: "private" };
  await api.admin.create(Secret, { metadata });
  const volumes = [{ name: "s", secret: { secretName: "private" } }];
  const spec = { nodeName: "b", containers: [{ name: "c", image: "i" }], volumes };
  await api.admin.create(Pod, { metadata: { namespace: "default", name: "on-b" }, spec });
  const url = "/api/v1/namespaces/default/secrets/private";
  assert.equal((await api.send({ url, user: NODE_B })).status, 200);
  const refused = await api.send({ url, user: NODE_A });
  assert.equal(refused.status, 403);
  assert.match(refused.text, /no relationship found between node 'a' and this object/);
});

test("A node may not delete another node's pod", async () => {
  const spec = { nodeName: "b", containers: [{ name: "c", image: "i" }] };
  await api.admin.create(Pod, { metadata: { namespace: "default", name: "theirs" }, spec });
  const url = "/api/v1/namespaces/default/pods/theirs";
  const refused = await api.send({ method: "DELETE", url, user: NODE_A });
  assert.equal(refused.status, 403);
  assert.match(refused.text, /can only delete pods with spec\.nodeName set to itself/);
  assert.equal((await api.send({ method: "DELETE", url, user: NODE_B })).status, 200);
});
