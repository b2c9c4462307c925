import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BodyChunks } from "./body-chunks.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

test("one piece is the body, and is not copied", () => {
  const chunks = new BodyChunks();
  const piece = Buffer.from("{}");
  chunks.push(piece);
  assert.equal(chunks.whole(), piece);
});

test("pieces of all lengths make the body in their order", () => {
  const chunks = new BodyChunks();
  const pieces = Array.from({ length: 300 }, (_, i) => Buffer.alloc((i * 97) % 7000, i));
  for (const piece of pieces) chunks.push(piece);
  const whole = Buffer.concat(pieces);
  assert.equal(chunks.length, whole.length);
  assert.equal(Buffer.compare(chunks.whole(), whole), 0);
});

test("many small pieces take no more than the body", () => {
  const chunks = new BodyChunks();
  collect();
  const before = process.memoryUsage();
  const received = Buffer.alloc(64 * 1024, "a");
  for (let i = 0; i < 300_000; i++) chunks.push(received.subarray(i % 1000, (i % 1000) + 1));
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  assert.ok(heapUsed - before.heapUsed < 4_000_000, `${heapUsed - before.heapUsed} bytes of objects`);
  assert.ok(arrayBuffers - before.arrayBuffers < 1_000_000, `${arrayBuffers - before.arrayBuffers} bytes of pieces`);
  assert.equal(chunks.whole().length, 300_000);
});
