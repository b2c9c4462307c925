import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeContinue, encodeContinue } from "./continue-token.ts";

test("continue tokens survive the journey", () => {
  for (const token of [
    { revision: 7, after: "default/web" },
    { revision: undefined, after: "default/ä" },
  ])
    assert.deepEqual(decodeContinue(encodeContinue(token)), token);
});

const of = (wire: unknown) => Buffer.from(JSON.stringify(wire)).toString("base64url");
const good = { v: "meta.k8s.io/v1", rv: 7, start: "a/b\0" };

for (const [title, text] of [
  ["nothing", ""],
  ["no base64", "!!!"],
  ["no JSON", Buffer.from("x").toString("base64url")],
  ["null", of(null)],
  ["a list", of([])],
  ["a number", of(1)],
  ["another version", of({ ...good, v: "v2" })],
  ["no version", of({ ...good, v: undefined })],
  ["a version that is no text", of({ ...good, v: {} })],
  ["no revision", of({ ...good, rv: undefined })],
  ["revision 0", of({ ...good, rv: 0 })],
  ["half a revision", of({ ...good, rv: 1.5 })],
  ["a revision beyond counting", of({ ...good, rv: 1e300 })],
  ["a revision that is a text", of({ ...good, rv: "7" })],
  ["no key", of({ ...good, start: "" })],
  ["a key that is no text", of({ ...good, start: 3 })],
  ["a key that leads out", of({ ...good, start: "../secrets/x" })],
  ["a key that leads out later", of({ ...good, start: "a/../../x" })],
  ["a key with nothing between slashes", of({ ...good, start: "a//b" })],
] as const)
  test(`a continue token of ${title} is refused`, () => assert.throws(() => decodeContinue(text), { code: 400 }));
