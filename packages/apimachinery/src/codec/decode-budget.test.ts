import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeProtobuf } from "../protobuf/decode-protobuf.ts";
import { encodeProtobuf } from "../protobuf/encode-protobuf.ts";
import type { StructSchema } from "../schema/schema.ts";
import { Pod } from "../testdata/pod-schema.ts";
import { DecodeBudget } from "./decode-budget.ts";
import { decodeJson } from "./decode-json.ts";
import { yamlToJsonValue } from "./yaml.ts";

const schema: StructSchema = Pod;
const pod = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "a" }, { name: "b" }] } };
const json = Buffer.from(JSON.stringify(pod));
const message = encodeProtobuf(schema, decodeJson(json, { schema }).value);

const READERS: Readonly<Record<string, (budget: DecodeBudget) => unknown>> = {
  "JSON of a kind": (budget) => decodeJson(json, { schema, budget }),
  "JSON of anything": (budget) => decodeJson(json, { budget }),
  YAML: (budget) => yamlToJsonValue("a:\n- b\n- c\n", { budget }),
  protobuf: (budget) => decodeProtobuf(schema, message, budget),
};

for (const [name, read] of Object.entries(READERS)) {
  test(`${name} within the budget is read`, () => {
    read(new DecodeBudget());
  });

  test(`${name} beyond the budget is refused`, () => {
    assert.throws(() => read(new DecodeBudget(5)), { code: 413, reason: "RequestEntityTooLarge" });
  });
}

test("as many entries of 20 bytes as fit an object of 1.5 MB are within the budget", () => {
  const data = Object.fromEntries(Array.from({ length: 75_000 }, (_, i) => [`key-${i}`, `value-${i}`]));
  const labels = Buffer.from(JSON.stringify({ metadata: { labels: data } }));
  decodeJson(labels, { schema, budget: new DecodeBudget() });
});

test("an entry costs the same with a schema and without one", () => {
  const wide = Object.fromEntries(Array.from({ length: 81_000 }, (_, i) => [i, 0]));
  const text = Buffer.from(JSON.stringify(wide));
  assert.throws(() => decodeJson(text, { budget: new DecodeBudget() }), { code: 413 });
});
