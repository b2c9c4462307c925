import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { encodeJson } from "@dingi/apimachinery";
import { boatKind } from "../testing/boat.ts";
import { startTestServer, type RawRequest, type TestServer } from "../testing/test-server.ts";

// What is expected here is what upstream answered for a definition with the same schema.

const GROUP = "/apis/example.org/v1";
const BOATS = `${GROUP}/namespaces/default/boats`;
const TYPE = { apiVersion: "example.org/v1", kind: "Boat" };
const PROTOBUF = "application/vnd.kubernetes.protobuf";
const JSON_TYPE = "application/json";

let api: TestServer;
before(async () => {
  api = await startTestServer();
  await api.server.resources.serve(boatKind());
});
after(() => api[Symbol.asyncDispose]());

interface Answer {
  readonly message?: string;
  readonly metadata?: { readonly generation?: number; readonly managedFields?: unknown };
  readonly spec?: unknown;
  readonly status?: unknown;
}

async function ask(request: RawRequest) {
  const { status, headers, text } = await api.send(request);
  return { status, headers, text, body: (text.startsWith("{") ? JSON.parse(text) : {}) as Answer };
}

const create = (object: object, query = "") => ask({ method: "POST", url: BOATS + query, body: object });
const boat = (name: string, spec: unknown) => ({ ...TYPE, metadata: { name }, spec });

test("an object is stored as it came, but for what is unknown", async () => {
  const { status, headers, body } = await create({
    ...boat("a", { sails: 0, x: 2, crew: [], cargo: { any: null } }),
    zeta: 1,
  });
  assert.equal(status, 201);
  assert.deepEqual(body.spec, { sails: 0, crew: [], cargo: { any: null } });
  assert.equal(body.metadata?.generation, 1);
  assert.deepEqual(headers["warning"], ['299 - "unknown field \\"spec.x\\""', '299 - "unknown field \\"zeta\\""']);
  const read = await ask({ url: `${BOATS}/a` });
  assert.deepEqual(read.body.spec, body.spec);
});

test("who is strict about fields is refused with all of them", async () => {
  const spec = { sails: 1, x: 2, crew: [{ name: "n", y: 1 }], cargo: { any: 1 } };
  const object = { ...TYPE, metadata: { name: "strict", foo: 1 }, zeta: 1, spec, alpha: 2 };
  const { status, body } = await create(object, "?fieldValidation=Strict");
  assert.equal(status, 400);
  const fields = ["metadata.foo", "alpha", "spec.crew[0].y", "spec.x", "zeta"].map((path) => `unknown field "${path}"`);
  const where = 'Boat in version "v1" cannot be handled as a Boat';
  assert.equal(body.message, `${where}: strict decoding error: ${fields.join(", ")}`);
});

test("an object has to say what it is", async () => {
  const other = await create({ ...TYPE, kind: "Ship", metadata: { name: "b" } });
  assert.equal(other.status, 422);
  assert.equal(other.body.message, 'Ship.example.org "b" is invalid: kind: Invalid value: "Ship": must be Boat');
  const none = await create({ metadata: { name: "b" } });
  const sent = '{"metadata":{"name":"b"}}';
  const unrecognized = "the object provided is unrecognized (must be of type Boat)";
  assert.equal(none.body.message, `${unrecognized}: Object 'Kind' is missing in '${sent}' (${sent})`);
  const version = await create({ ...TYPE, apiVersion: "example.org/v2", metadata: { name: "b" } });
  const mismatch = "does not match the expected API version (example.org/v1)";
  assert.equal(version.body.message, `the API version in the data (example.org/v2) ${mismatch}`);
});

test("there is no protobuf of an object, a list or a watch, but of what is said about them", async () => {
  await create(boat("proto", {}));
  const refusal = "only the following media types are accepted: application/json, application/yaml, " + PROTOBUF;
  for (const url of [`${BOATS}/proto`, `${BOATS}/none`, BOATS, `${BOATS}?watch=true`]) {
    const { status, headers, text } = await ask({ url, headers: { accept: PROTOBUF } });
    assert.equal(status, 406, url);
    assert.equal(headers["content-type"], PROTOBUF);
    assert.ok(text.startsWith("k8s\0") && text.includes(refusal), text);
  }
  const either = await ask({ url: `${BOATS}/proto`, headers: { accept: `${PROTOBUF},${JSON_TYPE}` } });
  assert.equal(either.headers["content-type"], JSON_TYPE);
  const partial = `${PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`;
  const view = await ask({ url: `${BOATS}/proto`, headers: { accept: partial } });
  assert.equal(view.status, 200);
  assert.ok(view.text.startsWith("k8s\0") && view.text.includes("PartialObjectMetadata"));
});

test("a body in protobuf is refused", async () => {
  const { status, body } = await ask({
    method: "POST",
    url: BOATS,
    text: "k8s\0",
    headers: { "content-type": PROTOBUF },
  });
  assert.equal(status, 415);
  const types = "application/json, application/yaml";
  assert.equal(
    body.message,
    `the body of the request was in an unknown format - accepted media types include: ${types}`,
  );
});

/** The name may have a query behind it. */
const patch = (name: string, type: string, change: unknown) => {
  const headers = { "content-type": `application/${type}` };
  return ask({ method: "PATCH", url: `${BOATS}/${name}`, headers, text: encodeJson(change) });
};

test("patches know no merge keys", async () => {
  await create(boat("patched", { sails: 1 }));
  const { status, body } = await patch("patched", "strategic-merge-patch+json", { spec: { sails: 3 } });
  assert.equal(status, 415);
  const types = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
  assert.equal(
    body.message,
    `the body of the request was in an unknown format - accepted media types include: ${types}`,
  );
  const merged = await patch("patched", "merge-patch+json", { spec: { sails: 3, unknown: 1 } });
  assert.deepEqual(merged.body.spec, { sails: 3 });
  assert.equal(merged.body.metadata?.generation, 2);
  const strict = await patch("patched?fieldValidation=Strict", "merge-patch+json", { spec: { unk: 1 } });
  assert.equal(strict.status, 422);
  assert.match(strict.body.message!, /: strict decoding error: unknown field "spec.unk"$/);
  const json = await patch("patched", "json-patch+json", [{ op: "replace", path: "/spec/sails", value: 4 }]);
  assert.deepEqual(json.body.spec, { sails: 4 });
});

test("an object can be applied, by two who share it", async () => {
  const apply = (manager: string, spec: unknown) =>
    patch(`applied?fieldManager=${manager}`, "apply-patch+yaml", boat("applied", spec));
  assert.equal((await apply("a", { sails: 1, crew: [{ name: "x", age: 1 }] })).status, 201);
  const both = await apply("b", { crew: [{ name: "y" }] });
  assert.deepEqual(both.body.spec, { sails: 1, crew: [{ name: "x", age: 1 }, { name: "y" }] });
  const conflict = await apply("b", { sails: 2 });
  assert.equal(conflict.status, 409);
});

test("the status has a door of its own", async () => {
  const created = await create({ ...boat("moored", { sails: 1 }), status: { afloat: true } });
  assert.equal(created.body.status, undefined);
  const headers = { "content-type": "application/merge-patch+json" };
  const text = encodeJson({ spec: { sails: 9 }, status: { afloat: true } });
  const { body } = await ask({ method: "PATCH", url: `${BOATS}/moored/status`, headers, text });
  assert.deepEqual([body.spec, body.status, body.metadata?.generation], [{ sails: 1 }, { afloat: true }, 1]);
  const changed = await patch("moored", "merge-patch+json", { status: { afloat: false } });
  assert.deepEqual([changed.body.status, changed.body.metadata?.generation], [{ afloat: true }, 1]);
});

test("an update has to name the revision that it changes", async () => {
  await create(boat("updated", {}));
  const { status, body } = await ask({ method: "PUT", url: `${BOATS}/updated`, body: boat("updated", { sails: 1 }) });
  assert.equal(status, 422);
  assert.match(body.message!, /metadata.resourceVersion: Invalid value: .*must be specified for an update/);
});

test("what a group of custom kinds does not serve is no page", async () => {
  for (const url of [`${GROUP}/ships`, `${GROUP}/boats/a`, "/apis/example.org/v9", "/apis/elsewhere.org/v1/ships"]) {
    const { status, text } = await ask({ url });
    assert.deepEqual([status, text], [404, "404 page not found\n"], url);
  }
});

test("an object too large for upstream's store is refused, measured by its JSON", async () => {
  const { status, body } = await create(boat("huge", { cargo: { text: "x".repeat(1_600_000) } }));
  assert.equal(status, 500);
  assert.equal(body.message, "etcdserver: request is too large");
});
