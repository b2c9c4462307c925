import assert from "node:assert/strict";
import { test } from "node:test";
import { scaledValue } from "./index.ts";

test("shares round the way that is asked for", () => {
  assert.equal(scaledValue("25%", 10, "up"), 3);
  assert.equal(scaledValue("25%", 10, "down"), 2);
  assert.equal(scaledValue("100%", 7, "up"), 7);
  assert.equal(scaledValue(4, 10, "up"), 4);
  assert.equal(scaledValue("10%", 0, "up"), 0);
});
