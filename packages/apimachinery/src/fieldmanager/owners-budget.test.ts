import assert from "node:assert/strict";
import { test } from "node:test";
import { Pod } from "../testdata/pod-schema.ts";
import { inOneVersion } from "../kind/converter.ts";
import type { KubeObject } from "../meta/object.ts";
import { applyServerSide } from "./apply-server-side.ts";
import { compareValues } from "./compare-values.ts";
import { FieldSet } from "./field-set.ts";
import { encodeFieldsV1 } from "./fields-v1.ts";
import { OwnersBudget, OwnersTooLarge } from "./owners-budget.ts";
import { fieldElement } from "./path-element.ts";
import { toFieldSet } from "./to-field-set.ts";
import { typedPlanOfKind } from "./typed-plan.ts";

const plan = typedPlanOfKind(Pod);
const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, "b"]));
const pod = {
  metadata: { labels: labels(3), finalizers: ["a/b", "a/c"] },
  spec: { containers: [{ name: "a", image: "b", ports: [{ containerPort: 1 }] }], nodeName: "n" },
};
const before = { metadata: { labels: { a0: "x", gone: "y" } }, spec: { containers: [{ name: "old" }], nodeName: "m" } };

test("nothing that could be written is refused", () => {
  for (const from of [{}, before]) {
    const { modified, added } = compareValues(plan, { before: from, after: pod });
    const length = JSON.stringify(encodeFieldsV1(modified.union(added))).length;
    assert.doesNotThrow(() => compareValues(plan, { before: from, after: pod }, { budget: new OwnersBudget(length) }));
  }
  const length = JSON.stringify(encodeFieldsV1(toFieldSet(plan, pod))).length;
  assert.doesNotThrow(() => toFieldSet(plan, pod, new OwnersBudget(length)));
});

test("what takes many times the room there is, is not worked out", () => {
  const wide = { metadata: { labels: labels(1000) } };
  const small = () => ({ budget: new OwnersBudget(1000) });
  assert.throws(() => compareValues(plan, { before: {}, after: wide }, small()), OwnersTooLarge);
  assert.throws(() => compareValues(plan, { before, after: wide }, small()), OwnersTooLarge);
  assert.throws(() => toFieldSet(plan, wide, small().budget), OwnersTooLarge);
  assert.doesNotThrow(() => compareValues(plan, { before: wide, after: {} }, small()));
});

test("what nobody owns is neither told nor paid for", () => {
  const ignored = FieldSet.ofPaths([[fieldElement("metadata"), fieldElement("labels")]]);
  const after = { metadata: { labels: labels(1000), name: "a" } };
  const { added } = compareValues(plan, { before: {}, after }, { ignored, budget: new OwnersBudget(100) });
  assert.deepEqual(encodeFieldsV1(added), { "f:metadata": { ".": {}, "f:name": {} } });
});

test("of very many conflicts a thousand are told, and how many there are", async () => {
  const object = (value: string): KubeObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", labels: Object.fromEntries(Object.keys(labels(1500)).map((name) => [name, value])) },
  });
  const context = { kind: inOneVersion("v1", Pod), apiVersion: "v1", subresource: "", nowMs: 0, force: false };
  const first = await applyServerSide({ ...context, live: undefined, manager: "first", applied: object("1") });
  const second = applyServerSide({ ...context, live: first, manager: "second", applied: object("2") });
  await assert.rejects(second, (error: Error & { status: { details: { causes: unknown[] } } }) => {
    assert.match(error.message, /^Apply failed with 1500 conflicts: [^]*\nand more conflicts, which are not listed$/);
    return error.status.details.causes.length === 1000;
  });
});
