import assert from "node:assert/strict";
import { test } from "node:test";
import { parseProxyName } from "./proxy-name.ts";

for (const [text, wanted] of [
  ["p", ["", "p", ""]],
  ["p:80", ["", "p", "80"]],
  ["p:", ["", "p", ""]],
  ["https:p:web", ["https", "p", "web"]],
  ["http:p:", ["http", "p", ""]],
  [":p:80", ["", "p", "80"]],
] as const)
  test(`"${text}" is a target`, () => {
    const { scheme, name, port } = parseProxyName(text, "pod");
    assert.deepEqual([scheme, name, port], wanted);
  });

for (const text of ["", ":80", "ftp:p:80", "https:p:80:x", "http::80"])
  test(`"${text}" is no target`, () =>
    assert.throws(() => parseProxyName(text, "pod"), {
      code: 400,
      message: `invalid pod request ${JSON.stringify(text)}`,
    }));
