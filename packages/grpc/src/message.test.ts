import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decode, encode, enumOf, field, message, repeated } from "./message.ts";
import { WireError } from "./wire.ts";

const Inner = message({ name: field(1, "string"), attempt: field(2, "uint32") });
const Outer = message({
  text: field(1, "string"),
  flag: field(2, "bool"),
  signed: field(3, "int64"),
  unsigned: field(4, "uint64"),
  inner: field(5, Inner),
  inners: repeated(6, Inner),
  groups: repeated(7, "int64"),
  labels: field(8, "map"),
  mode: field(9, enumOf("POD", "CONTAINER", "NODE")),
  user: field(18, "optional"),
  at: field(19, "nanos"),
  raw: field(20, "bytes"),
});

const hex = (type: typeof Outer, value: object) => Buffer.from(encode(type, value)).toString("hex");

test("writes what protoc writes", () => {
  assert.equal(hex(Outer, { text: "hé", flag: true, signed: 300 }), "0a0368c3a9100118ac02");
  assert.equal(hex(Outer, { signed: -1 }), "18ffffffffffffffffff01");
  assert.equal(hex(Outer, { inner: { name: "a", attempt: 2 } }), "2a050a01611002");
  assert.equal(hex(Outer, { mode: "NODE" }), "4802");
  assert.equal(hex(Outer, { labels: { a: "b" } }), "42060a01611201" + "62");
});

test("leaves defaults out, but keeps a present zero", () => {
  assert.equal(hex(Outer, { text: "", flag: false, signed: 0, mode: "POD" }), "");
  assert.equal(hex(Outer, { user: 0 }), "920100");
  assert.equal(decode<{ user: number }>(Outer, Buffer.from("920100", "hex")).user, 0);
});

test("fills in defaults and drops unknown fields", () => {
  const bytes = Buffer.from("f80701" + "0a0161" + "f90700000000000000ff" + "fd0700000000" + "fa07021234", "hex");
  const blank = decode<Record<string, unknown>>(Outer, bytes);
  assert.deepEqual(
    { ...blank, raw: undefined },
    {
      text: "a",
      flag: false,
      signed: 0,
      unsigned: 0,
      inner: undefined,
      inners: [],
      groups: [],
      labels: {},
      mode: "POD",
      user: undefined,
      at: 0,
      raw: undefined,
    },
  );
});

test("reads packed and unpacked numbers", () => {
  assert.deepEqual(decode<{ groups: number[] }>(Outer, Buffer.from("3a03010203", "hex")).groups, [1, 2, 3]);
  assert.deepEqual(decode<{ groups: number[] }>(Outer, Buffer.from("380138023803", "hex")).groups, [1, 2, 3]);
});

test("reads nanoseconds as milliseconds", () => {
  const bytes = Buffer.concat([Buffer.from("9801", "hex"), varint(1_700_000_000_123_456_789n)]);
  const { at } = decode<{ at: number }>(Outer, bytes);
  assert.equal(Math.floor(at), 1_700_000_000_123);
});

test("a key named __proto__ is data", () => {
  const bytes = encode(Outer, { labels: JSON.parse('{"__proto__":"x"}') as Record<string, string> });
  const { labels } = decode<{ labels: Record<string, string> }>(Outer, bytes);
  assert.deepEqual(Object.entries(labels), [["__proto__", "x"]]);
});

test("names the choices when an enum's value is none of them", () => {
  assert.throws(() => encode(Outer, { mode: "HOST" }), /"HOST" is none of "POD", "CONTAINER", "NODE"/);
});

test("malformed bytes never do worse than a WireError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        decode(Outer, bytes);
      } catch (error) {
        assert.ok(error instanceof WireError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test("what was written is read again", () => {
  const pair = fc.record({ name: fc.string(), attempt: fc.nat() }, { noNullPrototype: true });
  const value = fc.record({
    text: fc.string(),
    flag: fc.boolean(),
    signed: fc.maxSafeInteger(),
    unsigned: fc.maxSafeNat(),
    inner: pair,
    inners: fc.array(pair),
    groups: fc.array(fc.maxSafeInteger()),
    labels: fc.dictionary(fc.string(), fc.string()),
    mode: fc.constantFrom("POD", "CONTAINER", "NODE"),
    user: fc.option(fc.maxSafeInteger(), { nil: undefined }),
    raw: fc.uint8Array(),
  });
  fc.assert(
    fc.property(value, (before) => {
      const after = decode<typeof before & { at: number }>(Outer, encode(Outer, before));
      assert.deepEqual({ ...after, labels: { ...after.labels } }, { ...before, at: 0, labels: { ...before.labels } });
    }),
    { numRuns: 200 },
  );
});

function varint(value: bigint): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...out, Number(rest)]);
}
