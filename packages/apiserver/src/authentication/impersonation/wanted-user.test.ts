import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nodeOfUsername, serviceAccountOfUsername } from "./username.ts";
import { wantedUser } from "./wanted-user.ts";

const ADA = { "impersonate-user": "ada" };

describe("Somebody else is wanted", () => {
  for (const [title, headers, wanted] of [
    ["by name", ADA, {}],
    ["by uid", { ...ADA, "impersonate-uid": "7" }, { uid: "7" }],
    ["with groups", { ...ADA, "impersonate-group": "a, b,c" }, { groups: ["a", "b,c"] }],
    [
      "with more, under names that were escaped",
      { ...ADA, "impersonate-extra-a%2fB": "x, y", "impersonate-extra-c": "z" },
      { extra: { "a/b": ["x", "y"], c: ["z"] } },
    ],
    ["with more, under a name that was not", { ...ADA, "impersonate-extra-%zz": "x" }, { extra: { "%zz": ["x"] } }],
    ["with nothing that has no value", { ...ADA, "impersonate-extra-a": undefined }, {}],
  ] as const)
    test(title, () =>
      assert.deepEqual(wantedUser(headers), { name: "ada", uid: "", groups: [], extra: {}, ...wanted }),
    );

  test("by nobody who does not say so", () => {
    assert.equal(wantedUser({ host: "x", "x-impersonate-user": "ada" }), undefined);
    assert.equal(wantedUser({ "impersonate-user": "" }), undefined);
  });
});

describe("Without a name it is refused", () => {
  for (const [headers, shown] of [
    [{ "impersonate-uid": "7" }, 'UID:"7", Groups:[]string(nil), Extra:map[string][]string(nil)'],
    [{ "impersonate-group": "a, b" }, 'UID:"", Groups:[]string{"a", "b"}, Extra:map[string][]string(nil)'],
    [
      { "impersonate-extra-b": "x", "impersonate-extra-a": "y, z" },
      'UID:"", Groups:[]string(nil), Extra:map[string][]string{"a":[]string{"y", "z"}, "b":[]string{"x"}}',
    ],
  ] as const)
    test(Object.keys(headers).join(), () => {
      const message = `requested &user.DefaultInfo{Name:"", ${shown}} without impersonating a user name`;
      assert.throws(() => wantedUser(headers), { code: 400, message });
    });
});

test("names of nodes and of service accounts are told from others", () => {
  assert.deepEqual(["system:node:n.a", "system:node:", "system:node:N", "node:n"].map(nodeOfUsername), [
    "n.a",
    undefined,
    undefined,
    undefined,
  ]);
  const account = (rest: string) => serviceAccountOfUsername(`system:serviceaccount:${rest}`);
  assert.deepEqual(account("n:a.b"), { namespace: "n", name: "a.b" });
  assert.deepEqual(["n", "n:", ":a", "n.m:a", "n:a:b", "n:A"].map(account), Array.from({ length: 6 }));
  assert.equal(serviceAccountOfUsername("n:a"), undefined);
});
