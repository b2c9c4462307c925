import assert from "node:assert/strict";
import { test } from "node:test";
import { validateSecret } from "./validation.ts";

for (const type of ["", "Opaque", "constructor", "__proto__", "toString", "hasOwnProperty"])
  test(`a Secret of the type "${type}" has no rules of its own`, () =>
    assert.deepEqual(validateSecret({ metadata: { name: "s", namespace: "n" }, type }), []));

test("a Secret with an account's token names the account", () => {
  const [error] = validateSecret({ metadata: { name: "s" }, type: "kubernetes.io/service-account-token" });
  assert.equal(error?.field, "metadata.annotations[kubernetes.io/service-account.name]");
});
