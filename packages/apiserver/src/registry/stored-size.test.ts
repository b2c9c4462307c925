import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap } from "@dingi/api";
import { encodeJson, encodeProtobuf, type KubeObject } from "@dingi/apimachinery";
import { fitsStore, MAX_STORED_BYTES } from "./stored-size.ts";

const { schema } = ConfigMap.versions["v1"]!;
const mapOf = (data: Record<string, string>) => ({ metadata: { name: "m" }, data }) as unknown as KubeObject;
/** What there is beside one value of that length. */
const AROUND = encodeProtobuf(schema, mapOf({ a: "x".repeat(1_000_000) })).length - 1_000_000;

test("an object may be as large as upstream's store lets it be, to the byte", () => {
  const most = MAX_STORED_BYTES - AROUND;
  assert.equal(fitsStore({ schema }, mapOf({ a: "x".repeat(most) })), true);
  assert.equal(fitsStore({ schema }, mapOf({ a: "x".repeat(most + 1) })), false);
});

test("bytes are counted, not letters", () => {
  assert.equal(fitsStore({ schema }, mapOf({ a: "€".repeat(MAX_STORED_BYTES / 3 - 100) })), true);
  assert.equal(fitsStore({ schema }, mapOf({ a: "€".repeat(MAX_STORED_BYTES / 3) })), false);
});

test("much that is small is as large as little that is long", () => {
  const many = (count: number) => mapOf(Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, "x"])));
  assert.equal(fitsStore({ schema }, many(60_000)), true);
  assert.equal(fitsStore({ schema }, many(100_000)), false);
});

test("custom objects are as large as their JSON, to the byte", () => {
  const custom = (bytes: number) =>
    ({ metadata: { name: "m" }, list: ["x".repeat(bytes), 1, true, null] }) as unknown as KubeObject;
  const around = Buffer.byteLength(encodeJson(custom(0)));
  assert.equal(fitsStore({ schema, custom: true }, custom(MAX_STORED_BYTES - around)), true);
  assert.equal(fitsStore({ schema, custom: true }, custom(MAX_STORED_BYTES - around + 1)), false);
});
