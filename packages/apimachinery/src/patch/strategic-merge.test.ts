import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { equalJson } from "../codec/equal-json.ts";
import { freezeDeep } from "../codec/freeze-deep.ts";
import { StatusError } from "../errors/status-error.ts";
import { Deployment, Everything, Pod } from "../testdata/pod-schema.ts";
import type { JsonObject } from "./json-value.ts";
import { createStrategicMergePatch, createThreeWayMergePatch } from "./strategic-diff.ts";
import { applyStrategicMergePatch } from "./strategic-merge.ts";

const containers = (...items: object[]) => ({ spec: { containers: items } });
const a = { name: "a", image: "1" };
const b = { name: "b", image: "1" };
const c = { name: "c", image: "1" };

const merges: Record<string, [document: object, patch: object, expected: object]> = {
  "fields of an object": [
    { metadata: { labels: { x: "1", y: "2" } } },
    { metadata: { labels: { y: null, z: "3" } } },
    { metadata: { labels: { x: "1", z: "3" } } },
  ],
  "list elements by key": [
    containers(a, b),
    containers({ name: "b", image: "2" }),
    containers(a, { name: "b", image: "2" }),
  ],
  "new elements go first": [containers(a), containers(b), containers(b, a)],
  "nested lists": [
    containers({ name: "a", ports: [{ containerPort: 80 }], env: [{ name: "X", value: "1" }] }),
    containers({ name: "a", ports: [{ containerPort: 81 }], env: [{ name: "X", value: null }] }),
    containers({ name: "a", ports: [{ containerPort: 81 }, { containerPort: 80 }], env: [{ name: "X" }] }),
  ],
  "$patch: delete of an element": [containers(a, b), containers({ name: "a", $patch: "delete" }), containers(b)],
  "$patch: replace of a list": [containers(a, b), containers({ $patch: "replace" }, c), containers(c)],
  "$patch: delete of an object": [
    { spec: { nodeAffinity: { nodeSelectorTerms: ["x"] }, nodeName: "n" } },
    { spec: { nodeAffinity: { $patch: "delete" } } },
    { spec: { nodeAffinity: {}, nodeName: "n" } },
  ],
  "$patch: replace of an object": [
    { spec: { nodeName: "n", restartPolicy: "Always" } },
    { spec: { $patch: "replace", nodeName: "m" } },
    { spec: { nodeName: "m" } },
  ],
  $setElementOrder: [
    containers(a, b, c),
    {
      spec: { "$setElementOrder/containers": [{ name: "c" }, { name: "a" }], containers: [{ name: "c", image: "2" }] },
    },
    containers(b, { name: "c", image: "2" }, a),
  ],
  $deleteFromPrimitiveList: [
    { metadata: { finalizers: ["x", "y"] } },
    { metadata: { "$deleteFromPrimitiveList/finalizers": ["x", "z"] } },
    { metadata: { finalizers: ["y"] } },
  ],
  "merged scalars": [
    { metadata: { finalizers: ["x", "y"] } },
    { metadata: { finalizers: ["y", "z"] } },
    { metadata: { finalizers: ["x", "y", "z"] } },
  ],
  "atomic lists are replaced": [
    { spec: { tolerations: [{ key: "a" }] } },
    { spec: { tolerations: [{ key: "b" }] } },
    { spec: { tolerations: [{ key: "b" }] } },
  ],
  $retainKeys: [
    { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } },
    { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } },
    { spec: { strategy: { type: "Recreate" } } },
  ],
  "another source of a volume": [
    { spec: { volumes: [{ name: "v", emptyDir: {} }] } },
    { spec: { volumes: [{ name: "v", $retainKeys: ["name", "configMap"], configMap: { name: "c" } }] } },
    { spec: { volumes: [{ name: "v", configMap: { name: "c" } }] } },
  ],
  "nulls of what is new": [
    {},
    { spec: { nodeName: null, restartPolicy: "Always" } },
    { spec: { restartPolicy: "Always" } },
  ],
  "another type of value": [
    { spec: { nodeSelector: { a: "b" } } },
    { spec: { nodeSelector: "x" } },
    { spec: { nodeSelector: "x" } },
  ],
};

for (const [name, [document, patch, expected]] of Object.entries(merges)) {
  test(`merges ${name}`, () => {
    const schema = name.startsWith("$retainKeys") ? Deployment : Pod;
    assert.deepEqual(applyStrategicMergePatch(schema, freezeDeep(document), freezeDeep(patch)), expected);
  });
}

const failures: Record<string, [document: object, patch: unknown, code: number, message: string]> = {
  "no merge key": [
    containers(a),
    containers({ image: "x" }),
    500,
    "map: map[image:x] does not contain declared merge key: name",
  ],
  "unknown directive": [
    containers(a),
    containers({ name: "a", $patch: "x" }),
    500,
    "unknown patch type: x in map: map[$patch:x name:a]",
  ],
  "directive merge": [
    containers(a),
    containers({ name: "a", $patch: "merge" }),
    500,
    "merging lists cannot yet be specified in the patch",
  ],
  "unknown directive of an object": [
    { spec: {} },
    { spec: { $patch: "x" } },
    500,
    "unknown patch type: x in map: map[$patch:x]",
  ],
  "field outside $retainKeys": [
    { spec: { volumes: [{ name: "v" }] } },
    { spec: { volumes: [{ name: "v", emptyDir: {}, $retainKeys: ["name"] }] } },
    400,
    "invalid patch format of retainKeys",
  ],
  "order without a slash": [
    { spec: {} },
    { spec: { $setElementOrder: [] } },
    400,
    "invalid patch format of setElementOrder list",
  ],
  "wrong order": [
    containers(a, b),
    {
      spec: {
        "$setElementOrder/containers": [{ name: "a" }, { name: "b" }],
        containers: [{ name: "b" }, { name: "a" }],
      },
    },
    500,
    "The order in patch list:\n[map[name:b] map[name:a]]\n doesn't match $setElementOrder list:\n[map[name:a] map[name:b]]\n",
  ],
  "mixed elements": [
    containers(a),
    { spec: { containers: [{ name: "a" }, "x"] } },
    500,
    "list element types are not identical: [[map[image:1 name:a]] [map[name:a] x]]",
  ],
  "lists of lists": [
    { metadata: { finalizers: [["x"]] } },
    { metadata: { finalizers: [["y"]] } },
    422,
    "the server rejected our request due to an error in our request",
  ],
  "unknown field": [
    { spec: { foo: {} } },
    { spec: { foo: { x: 1 } } },
    500,
    'unable to find api field in struct PodSpec for the json field "foo"',
  ],
  "no object": [{}, [], 400, "json: cannot unmarshal array into Go value of type map[string]interface {}"],
};

for (const [name, [document, patch, code, message]] of Object.entries(failures)) {
  test(`refuses ${name}`, () => {
    assert.throws(
      () => applyStrategicMergePatch(Pod, document, patch),
      (error) => error instanceof StatusError && error.code === code && error.message === message,
    );
  });
}

test("makes the patch that upstream makes", () => {
  assert.deepEqual(createStrategicMergePatch(Pod, containers(a, b), containers({ name: "b", image: "2" }, c)), {
    spec: {
      "$setElementOrder/containers": [{ name: "b" }, { name: "c" }],
      containers: [{ name: "b", image: "2" }, c, { name: "a", $patch: "delete" }],
    },
  });
  assert.deepEqual(
    createStrategicMergePatch(
      Pod,
      { spec: { volumes: [{ name: "v", emptyDir: {} }] } },
      { spec: { volumes: [{ name: "v", configMap: { name: "c" } }] } },
    ),
    {
      spec: {
        "$setElementOrder/volumes": [{ name: "v" }],
        volumes: [{ name: "v", $retainKeys: ["configMap", "name"], configMap: { name: "c" }, emptyDir: null }],
      },
    },
  );
  assert.deepEqual(createStrategicMergePatch(Everything, { finalizers: ["b", "a"] }, { finalizers: ["c", "b"] }), {
    finalizers: ["c"],
    "$deleteFromPrimitiveList/finalizers": ["a"],
    "$setElementOrder/finalizers": ["c", "b"],
  });
});

test("three ways: what was applied and is applied no more goes, what others added stays", () => {
  const original = containers({ name: "a", image: "1" }, { name: "b", image: "1" });
  const modified = containers({ name: "a", image: "2" });
  const current = containers({ name: "a", image: "1", args: ["x"] }, { name: "b", image: "1" }, { name: "sidecar" });
  const patch = createThreeWayMergePatch(Pod, original, modified, current);
  assert.deepEqual(patch, {
    spec: {
      "$setElementOrder/containers": [{ name: "a" }],
      containers: [
        { name: "a", image: "2" },
        { name: "b", $patch: "delete" },
      ],
    },
  });
  assert.deepEqual(
    applyStrategicMergePatch(Pod, current, patch),
    containers({ name: "a", image: "2", args: ["x"] }, { name: "sidecar" }),
  );
  assert.deepEqual(
    createThreeWayMergePatch(Pod, modified, modified, applyStrategicMergePatch(Pod, current, patch) as JsonObject),
    {
      spec: { "$setElementOrder/containers": [{ name: "a" }] },
    },
  );
  assert.deepEqual(createThreeWayMergePatch(Pod, undefined, modified, {}), modified);
});

const unique = (items: fc.Arbitrary<JsonObject>, key: string) =>
  fc.uniqueArray(items, { maxLength: 3, selector: (item) => item[key] });
const name = fc.constantFrom("a", "b", "c");
const someContainer = fc.record(
  { name, image: name, args: fc.array(name, { maxLength: 2 }), env: unique(fc.record({ name, value: name }), "name") },
  { requiredKeys: ["name"] },
);
const someVolume = fc.oneof(
  fc.record({ name, emptyDir: fc.record({ medium: name }) }),
  fc.record({ name, configMap: fc.record({ name }) }),
);
const somePod = fc.record(
  {
    metadata: fc.record({ labels: fc.dictionary(name, name), finalizers: fc.uniqueArray(name) }, { requiredKeys: [] }),
    spec: fc.record(
      {
        nodeName: name,
        containers: unique(someContainer, "name"),
        volumes: unique(someVolume as fc.Arbitrary<JsonObject>, "name"),
        tolerations: fc.array(fc.record({ key: name })),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonObject>;

test("what a patch does not touch is shared with what it is applied to, and what it touches is not", () => {
  const before = freezeDeep({
    metadata: { name: "a", finalizers: ["x", "y"] },
    spec: { containers: [{ name: "a", image: "b" }] },
    status: { podIP: "10.0.0.1" },
  }) as unknown as JsonObject;
  const patches = {
    metadata: { "$deleteFromPrimitiveList/finalizers": ["x"] },
    spec: { "$setElementOrder/containers": [{ name: "a" }], containers: [{ name: "a", image: "c" }] },
    status: { podIP: null },
  };
  for (const [touched, patch] of Object.entries(patches)) {
    const after = applyStrategicMergePatch(Pod, before, { [touched]: patch }) as JsonObject;
    for (const key of Object.keys(patches)) assert.equal(after[key] === before[key], key !== touched, key);
  }
});

test("a patch made of two objects makes one of the other", () => {
  fc.assert(
    fc.property(somePod, somePod, (before, after) => {
      freezeDeep(before);
      freezeDeep(after);
      const result = applyStrategicMergePatch(Pod, before, createStrategicMergePatch(Pod, before, after));
      assert(equalJson(comparable(result), comparable(after)), JSON.stringify({ result, after }));
    }),
    { numRuns: 300 },
  );
});

/** Upstream says nothing about lists that become empty, nor about the order of scalars that were sorted before. */
function comparable(value: unknown, key = ""): unknown {
  if (Array.isArray(value))
    return value.length === 0
      ? undefined
      : key === "finalizers"
        ? value.toSorted()
        : value.map((item) => comparable(item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .map(([name, item]) => [name, comparable(item, name)])
    .filter(([, item]) => item !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
