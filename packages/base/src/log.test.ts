import assert from "node:assert/strict";
import { test } from "node:test";
import { describeError } from "./log.ts";

test("an error is told with what caused it, and that once", () => {
  const cause = new Error("connection refused", { cause: new Error("nobody listens") });
  assert.equal(
    describeError(new Error("dialing failed", { cause })),
    "dialing failed: connection refused: nobody listens",
  );
  const told = new Error("dialing failed: connection refused: nobody listens (tried twice)", { cause });
  assert.equal(describeError(told), "dialing failed: connection refused: nobody listens (tried twice)");
  assert.equal(describeError("words"), "words");
});
