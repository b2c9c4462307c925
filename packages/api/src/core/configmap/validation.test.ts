import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldErrorText } from "@dingi/apimachinery";
import { MAX_DATA_BYTES, validateConfigMap } from "./validation.ts";

test("A ConfigMap that is too long is so as a whole", () => {
  const data = { a: "x".repeat(MAX_DATA_BYTES / 2), b: "x".repeat(MAX_DATA_BYTES / 2) };
  assert.deepEqual(validateConfigMap({ metadata: {}, data }), []);
  const [error, ...others] = validateConfigMap({ metadata: {}, data: { ...data, c: "x" } });
  assert.equal(fieldErrorText(error!), "[]: Too long: may not be more than 1048576 bytes");
  assert.deepEqual(others, []);
});
