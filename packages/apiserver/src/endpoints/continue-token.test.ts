import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeContinue, encodeContinue } from "./continue-token.ts";

for (const revision of [7, undefined]) {
  test(`A token at revision ${revision ?? "newest"} reads as it was written`, () => {
    const token = { revision, after: "default/ä" };
    assert.deepEqual(decodeContinue(encodeContinue(token)), token);
  });
}

const BAD = {
  "not base64": "???",
  "not JSON": Buffer.from("{").toString("base64url"),
  null: Buffer.from("null").toString("base64url"),
  "another version": Buffer.from('{"v":"v2","rv":1,"start":"a"}').toString("base64url"),
  "revision 0": Buffer.from('{"v":"meta.k8s.io/v1","rv":0,"start":"a"}').toString("base64url"),
  "no start": Buffer.from('{"v":"meta.k8s.io/v1","rv":1}').toString("base64url"),
};

for (const [title, text] of Object.entries(BAD)) {
  test(`A token that is ${title} is a bad request`, () => {
    assert.throws(() => decodeContinue(text), { code: 400 });
  });
}
