import assert from "node:assert/strict";
import { test } from "node:test";
import { findErrors, invalid, MAX_FIELD_ERRORS, type FieldError } from "./field-error.ts";
import { newInvalid } from "./status-error.ts";

const KIND = { group: "", kind: "Pod" };
const many = (count: number): FieldError[] => Array.from({ length: count }, (_, i) => invalid("spec", i, "is wrong"));

test("a validation ends with the last error that is told, wherever it is", () => {
  let looked = 0;
  const errors = findErrors(() => {
    const found: FieldError[] = [];
    for (; looked < 1_000_000; looked++) found.push(invalid("spec", looked, "is wrong"));
    return found;
  });
  assert.equal(errors.length, MAX_FIELD_ERRORS);
  assert.ok(looked <= MAX_FIELD_ERRORS);
});

test("errors that are not told do not count", () => {
  const errors = findErrors(() => {
    findErrors(() => many(MAX_FIELD_ERRORS * 2));
    return many(2);
  });
  assert.equal(errors.length, 2);
});

test("other errors of a validation come through, and end its count", () => {
  assert.throws(
    () =>
      findErrors(() => {
        throw new TypeError("ours");
      }),
    TypeError,
  );
  assert.equal(many(MAX_FIELD_ERRORS + 1).length, MAX_FIELD_ERRORS + 1);
});

test("one error less than the most is told as upstream tells it", () => {
  const { message, details } = newInvalid(KIND, "a", many(MAX_FIELD_ERRORS - 1)).status;
  assert.equal(details?.causes?.length, MAX_FIELD_ERRORS - 1);
  assert.match(message!, /spec: Invalid value: 998: is wrong\]$/);
});

test("beyond that the answer says that there are more", () => {
  assert.match(newInvalid(KIND, "a", many(MAX_FIELD_ERRORS)).message, /and more errors, which are not listed\]$/);
});

test("an answer has a length, whatever the values, the details and the name are", () => {
  const long = "x".repeat(3_000_000);
  const errors = many(500).map((error) => ({ ...error, badValue: { long }, detail: long }));
  assert.ok(JSON.stringify(newInvalid(KIND, long, errors).status).length < 1_000_000);
});
