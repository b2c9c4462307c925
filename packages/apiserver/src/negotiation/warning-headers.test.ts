import assert from "node:assert/strict";
import { test } from "node:test";
import { warningHeaders } from "./warning-headers.ts";

test("a text is told once, an empty one not at all", () => {
  assert.deepEqual(warningHeaders(["a", "", 'b"\n', "a"]), ['299 - "a"', '299 - "b\\" "']);
});

test("what is too long is cut once all together are too long", () => {
  const [long, longest] = ["y".repeat(4000), "z".repeat(97)];
  assert.deepEqual(warningHeaders([long, "z".repeat(96)]), [`299 - "${long}"`, `299 - "${"z".repeat(96)}"`]);
  assert.deepEqual(warningHeaders([long, longest]), [`299 - "${"y".repeat(256)}"`, `299 - "${longest}"`]);
});

test("however many there are, their headers are not", () => {
  const many = Array.from({ length: 10_000 }, (_, i) => `${i} ${"x".repeat(300)}`);
  assert.equal(warningHeaders(many).length, 16);
});
