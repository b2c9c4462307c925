import assert from "node:assert/strict";
import { test } from "node:test";
import { Boat, Raft } from "../testdata/boat-schema.ts";
import { canonicalize } from "./canonicalize.ts";
import { copyBySchema } from "./copy-by-schema.ts";
import { decodeObject } from "./decode-json.ts";
import { encodeJson } from "./encode-json.ts";

const TYPE = { kind: "Boat", apiVersion: "example.org/v1" };

/** Read from JSON, and made of an object in memory: both by the same rules. */
function bothWays(schema: typeof Boat, object: unknown) {
  const decoded = decodeObject(Buffer.from(encodeJson(object)), schema);
  const strictErrors: string[] = [];
  const value = canonicalize(schema, object, strictErrors);
  assert.deepEqual(value, decoded.value);
  assert.deepEqual(strictErrors, decoded.strictErrors);
  return decoded;
}

test("zero values, empty lists and nulls of what is kept stay as they came", () => {
  const spec = { sails: 0, crew: [], cargo: { any: null, w: "", list: [null] } };
  const object = { ...TYPE, metadata: { name: "a" }, spec };
  assert.deepEqual(bothWays(Boat, object).value, object);
});

// What upstream said of such an object.
test("unknown fields are dropped and told in the order of their paths, behind those of metadata", () => {
  const spec = { sails: 1, x: 2, crew: [{ name: "n", y: 1 }], cargo: { any: 1 } };
  const object = { ...TYPE, metadata: { name: "a", foo: 1 }, zeta: 1, spec, alpha: 2 };
  const { value, strictErrors } = bothWays(Boat, object);
  const kept = { sails: 1, crew: [{ name: "n" }], cargo: { any: 1 } };
  assert.deepEqual(value, { ...TYPE, metadata: { name: "a" }, spec: kept });
  assert.deepEqual(strictErrors, [
    'unknown field "metadata.foo"',
    'unknown field "alpha"',
    'unknown field "spec.crew[0].y"',
    'unknown field "spec.x"',
    'unknown field "zeta"',
  ]);
});

test("what comes twice is told of before what is unknown", () => {
  const { strictErrors } = decodeObject(Buffer.from('{"spec":{"q":1,"sails":1,"sails":2}}'), Boat);
  assert.deepEqual(strictErrors, ['duplicate field "spec.sails"', 'unknown field "spec.q"']);
  const kept = decodeObject(Buffer.from('{"a":1,"b":{"c":1,"c":2},"a":2}'), Raft);
  assert.deepEqual(kept.strictErrors, ['duplicate field "b.c"', 'duplicate field "a"']);
  assert.equal((kept.value as { a: unknown }).a, 2);
});

test("a null is dropped where it is no value", () => {
  const crew = [{ name: null, age: null }];
  const object = { ...TYPE, metadata: {}, spec: { sails: null, crew, ports: { p: null } }, anchor: null, status: null };
  const { value, strictErrors } = bothWays(Boat, object);
  assert.deepEqual(value, { ...TYPE, metadata: {}, spec: { crew: [{ age: null }], ports: {} }, anchor: null });
  assert.deepEqual(strictErrors, []);
});

test("a value of another type than it should be is read: it is for validation to refuse", () => {
  const spec = { sails: "many", crew: "none", cargo: [1], ports: { p: 5 } };
  const { value } = bothWays(Boat, { ...TYPE, metadata: {}, spec });
  assert.deepEqual((value as { spec: unknown }).spec, spec);
});

test("fields of what should have none are unknown", () => {
  const spec = { sails: { much: 1 }, crew: { a: 1 }, ports: { p: { name: "n", more: 1 } } };
  const { value, strictErrors } = bothWays(Boat, { metadata: {}, spec });
  assert.deepEqual((value as { spec: unknown }).spec, { sails: {}, crew: {}, ports: { p: { name: "n" } } });
  assert.deepEqual(strictErrors, [
    'unknown field "spec.crew.a"',
    'unknown field "spec.ports.p.more"',
    'unknown field "spec.sails.much"',
  ]);
});

test("a kind that keeps what it does not know keeps it at every depth, and metadata is typed all the same", () => {
  const object = { ...TYPE, metadata: { name: "a", labels: { b: "1" } }, zeta: null, planks: [{ length: 0 }, null] };
  const { value, strictErrors } = bothWays(Raft, { ...object, metadata: { ...object.metadata, foo: 1 } });
  assert.deepEqual(value, object);
  assert.deepEqual(strictErrors, ['unknown field "metadata.foo"']);
  assert.throws(() => bothWays(Raft, { metadata: { labels: 5 } }), {
    message: "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type map[string]string",
  });
});

test("fields may have any name", () => {
  const bytes = Buffer.from('{"metadata":{},"__proto__":{"a":1},"spec":{"cargo":{"__proto__":1}}}');
  for (const [schema, kept] of [
    [Raft, bytes.toString()],
    [Boat, '{"metadata":{},"spec":{"cargo":{"__proto__":1}}}'],
  ] as const) {
    const { value } = decodeObject(bytes, schema);
    assert.equal(encodeJson(value), kept);
    assert.equal(encodeJson(canonicalize(schema, value)), kept);
    assert.equal(encodeJson(copyBySchema(schema, value)), kept);
  }
});

test("a name that every object of this language has is as unknown as any other", () => {
  const spec = { constructor: { a: 1 }, cargo: { toString: { a: 1 } } };
  const { value, strictErrors } = bothWays(Boat, { metadata: {}, spec });
  assert.deepEqual(JSON.parse(encodeJson((value as { spec: unknown }).spec)), { cargo: { toString: { a: 1 } } });
  assert.deepEqual(strictErrors, ['unknown field "spec.constructor"']);
});

test("a copy shares nothing with what it is of", () => {
  const object = { metadata: {}, spec: { cargo: { list: [{ a: 1 }] } }, other: { deep: [1] } };
  for (const schema of [Raft, Boat]) {
    const copy = canonicalize(schema, object) as typeof object;
    assert.notEqual(copy.spec.cargo.list[0], object.spec.cargo.list[0]);
  }
});
