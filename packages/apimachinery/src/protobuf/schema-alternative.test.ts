import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalize } from "../codec/canonicalize.ts";
import { decodeJson } from "../codec/decode-json.ts";
import { s, type StructSchema } from "../schema/schema.ts";
import { decodeProtobuf } from "./decode-protobuf.ts";
import { encodeProtobuf } from "./encode-protobuf.ts";

/** As upstream's schemas of custom kinds: each may hold itself, or something else. */
const Props: StructSchema = s.struct("test.v1.Props", () => [
  s.field("type", 1, s.string, { omitempty: true }),
  s.field("nullable", 2, s.bool, { omitempty: true }),
  s.field(
    "items",
    3,
    s.schemaOrArray(() => Props),
    { pointer: true, omitempty: true },
  ),
  s.field(
    "other",
    4,
    s.schemaOrBool(() => Props),
    { pointer: true, omitempty: true },
  ),
  s.field("needs", 5, s.map(s.schemaOrStringArray(() => Props)), { omitempty: true }),
  s.field("enum", 6, s.list(s.rawJson), { omitempty: true }),
]);

const CASES: readonly [string, object, object?][] = [
  ["a schema of items", { items: { type: "string" } }],
  ["schemas of items", { items: [{ type: "string" }, { items: { type: "a" } }] }],
  ["no items", { items: "odd" }, {}],
  ["whatever else there is", { other: true }],
  ["nothing else", { other: false }],
  ["others of a schema", { other: { type: "string", other: { other: false } } }],
  ["neither a schema nor a boolean", { other: 3 }, {}],
  ["needs", { needs: { a: ["b", "c"], d: { type: "string" } } }],
  ["any values", { enum: ["a", null, 1, { b: [2] }] }],
  ["a schema in canonical form", { items: { nullable: false, odd: 1, type: "a" } }, { items: { type: "a" } }],
];

for (const [what, value, canonical = value] of CASES) {
  test(`${what} is read, from JSON or an object`, () => {
    const decoded = decodeJson(Buffer.from(JSON.stringify(value)), { schema: Props });
    assert.deepEqual(decoded.value, canonical);
    assert.deepEqual(decoded.strictErrors, [], "types that read themselves tell no unknown fields");
    assert.deepEqual(canonicalize(Props, value), canonical);
  });
}

for (const [what, value] of CASES.filter(([, , canonical]) => canonical === undefined)) {
  test(`${what} is the same behind protobuf`, () => {
    assert.deepEqual(decodeProtobuf(Props, encodeProtobuf(Props, value as Record<string, unknown>)), value);
  });
}

test("messages are those of upstream", () => {
  const bytes = (value: object) => Buffer.from(encodeProtobuf(Props, value as Record<string, unknown>)).toString("hex");
  const writes = (value: object, hex: string) => assert.ok(bytes(value).includes(hex), `${bytes(value)} has no ${hex}`);
  writes({ other: true }, "22020801");
  writes({ other: false }, "22020800");
  writes({ enum: [1] }, "32030a0131");
  writes({ needs: { a: ["b"] } }, "1203120162");
});
