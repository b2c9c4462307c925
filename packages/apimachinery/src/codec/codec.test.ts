import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Schema } from "../schema/schema.ts";
import { Everything, Pod } from "../testdata/pod-schema.ts";
import { canonicalize } from "./canonicalize.ts";
import { copyBySchema, copyJson } from "./copy-by-schema.ts";
import { decodeJson, decodeObject } from "./decode-json.ts";
import { equalJson } from "./equal-json.ts";
import { encodeJson } from "./encode-json.ts";
import { freezeDeep } from "./freeze-deep.ts";

/** Values that fit a schema, the odd null among them. */
function valueOf(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  const scalars: Partial<Record<Schema["type"], fc.Arbitrary<unknown>>> = {
    string: fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom("", "__proto__", "<&>", "é\u2028😀")),
    bool: fc.boolean(),
    int32: fc.integer(),
    int64: fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n })),
    float64: fc.constantFrom(0, 1.5, -2, 1e21),
    bytes: fc.uint8Array({ maxLength: 8 }).map((data) => Buffer.from(data).toString("base64")),
    time: fc.constantFrom("2026-01-01T00:00:00Z", "2024-02-29T23:59:59+02:00"),
    microTime: fc.constantFrom("2026-01-01T00:00:00.000001Z"),
    duration: fc.constantFrom("90s", "1h0m0s"),
    quantity: fc.constantFrom("0.5", "1Gi", "1500m"),
    intOrString: fc.oneof(fc.integer(), fc.constantFrom("50%", "http")),
    rawExtension: fc.constantFrom({ kind: "X" }),
    json: fc.constantFrom(1, "x", null, [{}]),
    fieldsV1: fc.constantFrom({ "f:a": {} }),
  };
  if (schema.type === "list") return fc.array(nullable(schema.items, depth), { maxLength: 2 });
  if (schema.type === "map")
    return fc.dictionary(fc.constantFrom("b", "a", "__proto__", "10", "x.y/z"), nullable(schema.values, depth), {
      maxKeys: 2,
    });
  if (schema.type !== "struct") return scalars[schema.type]!;
  const fields = Object.fromEntries(
    [...schema.fields.values()].map((field) => [field.name, nullable(field.schema, depth + 1)]),
  );
  return fc.record(depth > 4 ? {} : fields, { requiredKeys: [] });
}

const nullable = (schema: Schema, depth: number): fc.Arbitrary<unknown> =>
  fc.option(valueOf(schema, depth), { freq: 9 });

for (const schema of [Pod, Everything]) {
  test(`${schema.name}: decoding, canonicalizing and copying agree, and doing it again changes nothing`, () => {
    fc.assert(
      fc.property(valueOf(schema), (value) => {
        const decoded = decodeObject(Buffer.from(encodeJson(value)), schema).value;
        const text = encodeJson(decoded);
        const frozen = freezeDeep(copyJson(value));
        assert.equal(encodeJson(canonicalize(schema, frozen)), text);
        assert.equal(encodeJson(canonicalize(schema, decoded)), text);
        assert.equal(encodeJson(decodeJson(Buffer.from(text), { schema }).value), text);
        const copy = copyBySchema(schema, decoded);
        assert.equal(encodeJson(copy), text);
        assert(equalJson(copy, decoded));
      }),
      { numRuns: 150 },
    );
  });
}

test("canonicalize reports what it drops and refuses what does not fit", () => {
  const strictErrors: string[] = [];
  const object = canonicalize(
    Pod,
    { spec: { nodeName: "n", foo: 1, bar: undefined }, status: undefined },
    strictErrors,
  );
  assert.deepEqual(strictErrors, ['unknown field "spec.foo"']);
  assert.equal(encodeJson(object), '{"metadata":{},"spec":{"containers":null,"nodeName":"n"},"status":{}}');
  const refuses = (value: unknown, message: string): void =>
    assert.throws(() => canonicalize(Pod, value), { name: "DecodeError", message });
  refuses(
    { spec: { nodeName: 1 } },
    "json: cannot unmarshal number into Go struct field PodSpec.spec.nodeName of type string",
  );
  refuses(
    { metadata: { generation: 1.5 } },
    "json: cannot unmarshal number 1.5 into Go struct field ObjectMeta.metadata.generation of type int64",
  );
  refuses([], "json: cannot unmarshal array into Go value of type v1.Pod");
});

test("JSON is written as Go writes it", () => {
  assert.equal(
    encodeJson({ a: "<b>&\u2028\u2029", b: 2n ** 60n, c: undefined, d: [undefined] }),
    '{"a":"\\u003cb\\u003e\\u0026\\u2028\\u2029","b":1152921504606846976,"d":[null]}',
  );
});

test("equality ignores order and what is undefined, not null", () => {
  assert(equalJson({ a: 1, b: { c: [1n, "x"] } }, { b: { c: [1n, "x"], d: undefined }, a: 1 }));
  const unlike: [unknown, unknown][] = [
    [{ a: 1 }, { a: 1, b: null }],
    [{ a: null }, {}],
    [
      [1, 2],
      [2, 1],
    ],
    [[], {}],
    [1, 1n],
    [{ a: undefined, b: 1 }, { a: 1 }],
    [{}, { toString: 1 }],
  ];
  for (const [a, b] of unlike) {
    assert.equal(equalJson(a, b), false, `${encodeJson(a)} ${encodeJson(b)}`);
    assert.equal(equalJson(b, a), false, `${encodeJson(b)} ${encodeJson(a)}`);
  }
});

test("a copy shares nothing and keeps no undefined", () => {
  const original = freezeDeep({ metadata: { labels: { a: "1", b: undefined } }, unknown: [{ x: 1 }], spec: undefined });
  const copy = copyBySchema(Pod, original as object) as {
    metadata: { labels: Record<string, string> };
    unknown: { x: number }[];
  };
  assert.deepEqual(copy, { metadata: { labels: { a: "1" } }, unknown: [{ x: 1 }] });
  copy.metadata.labels["a"] = "2";
  copy.unknown[0]!.x = 2;
  assert.equal(original.metadata.labels.a, "1");
});
