import assert from "node:assert/strict";
import { test } from "node:test";
import { inOneVersion } from "../kind/converter.ts";
import type { Draft } from "../meta/draft.ts";
import type { KubeObject } from "../meta/object.ts";
import { Boat, Raft } from "../testdata/boat-schema.ts";
import { applyServerSide } from "./apply-server-side.ts";
import { updateManagedFields } from "./update-managed-fields.ts";

const V1 = "example.org/v1";
const TYPE = { kind: "Boat", apiVersion: V1 };

async function apply(manager: string, spec: unknown, more: { live?: KubeObject; schema?: typeof Boat } = {}) {
  const { live, schema = Boat } = more;
  const applied = { ...TYPE, metadata: { name: "a" }, spec } as KubeObject;
  const kind = inOneVersion(V1, schema);
  return await applyServerSide({
    kind,
    apiVersion: V1,
    live,
    manager,
    subresource: "",
    nowMs: 0,
    applied,
    force: false,
  });
}

const ownedBy = ({ metadata }: KubeObject, manager: string): unknown =>
  metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1;

const specOf = (object: KubeObject): unknown => (object as { spec?: unknown }).spec;

// As upstream recorded it of the same object.
test("an applier owns items by their keys, and what is kept without a schema field by field", async () => {
  const object = await apply("m", {
    sails: 1,
    crew: [{ name: "x", age: 1 }],
    cargo: { w: { l: [1] }, weight: 3 },
  });
  assert.deepEqual(ownedBy(object, "m"), {
    "f:spec": {
      "f:cargo": { "f:w": { ".": {}, "f:l": {} }, "f:weight": {} },
      "f:crew": { 'k:{"name":"x"}': { ".": {}, "f:age": {}, "f:name": {} } },
      "f:sails": {},
    },
  });
});

// As upstream recorded it of the same object.
test("who creates owns what is there, empty or not", async () => {
  const object = { ...TYPE, metadata: { name: "a" }, spec: { sails: 0, crew: [], cargo: { any: null, w: "" } } };
  const kind = inOneVersion(V1, Boat);
  const draft = structuredClone(object) as unknown as Draft<KubeObject>;
  const context = { kind, apiVersion: V1, live: undefined, manager: "curl", subresource: "", nowMs: 0 };
  await updateManagedFields({ ...context, object: draft });
  assert.deepEqual(ownedBy(draft, "curl"), {
    "f:spec": { ".": {}, "f:cargo": { ".": {}, "f:any": {}, "f:w": {} }, "f:crew": {}, "f:sails": {} },
  });
});

test("two appliers share a list by its keys, and each takes away only what is its own", async () => {
  const first = await apply("a", { crew: [{ name: "x", age: 1 }], cargo: { a: 1 } });
  const both = await apply("b", { crew: [{ name: "y" }], cargo: { b: 2 } }, { live: first });
  assert.deepEqual(specOf(both), { crew: [{ name: "x", age: 1 }, { name: "y" }], cargo: { a: 1, b: 2 } });
  const left = await apply("a", { cargo: { a: 1 } }, { live: both });
  assert.deepEqual(specOf(left), { crew: [{ name: "y" }], cargo: { a: 1, b: 2 } });
});

test("what does not fit is refused in upstream's words", async () => {
  const refused = async (spec: unknown, problem: string) =>
    await assert.rejects(apply("m", spec), {
      message: `failed to create typed patch object (/a; ${V1}, Kind=Boat): ${problem}`,
    });
  await refused({ sails: 1, unk: 1 }, ".spec.unk: field not declared in schema");
  await refused({ sails: "x" }, ".spec.sails: expected numeric (int or float), got string");
});

test("of a kind that is kept whole, objects are shared field by field and lists as a whole", async () => {
  const first = await apply("a", { deep: { a: 1 }, list: [1] }, { schema: Raft });
  const both = await apply("b", { deep: { b: 2 } }, { live: first, schema: Raft });
  assert.deepEqual(specOf(both), { deep: { a: 1, b: 2 }, list: [1] });
  await assert.rejects(apply("b", { list: [2] }, { live: both, schema: Raft }), {
    message: /conflict with "a": .spec.list/,
  });
});
