import assert from "node:assert/strict";
import { test } from "node:test";
import { isInstalled } from "./bootstrap.mjs";

const ws = { version: "8.0.0", integrity: "sha512-a" };
const lock = {
  packages: {
    "": { name: "dingi" },
    "packages/base": { version: "0.1.0", dependencies: { ws: "8.0.0" } },
    "node_modules/@dingi/base": { resolved: "packages/base", link: true },
    "node_modules/ws": ws,
    "node_modules/only-on-darwin": { version: "1.0.0", optional: true },
  },
};
const installed = (packages) => isInstalled(lock, { packages });

test("what the lockfile says is installed is not installed again", () => {
  assert.equal(installed({ "node_modules/ws": ws, "node_modules/more": ws }), true);
});

test("what is missing or other than the lockfile says is installed", () => {
  assert.equal(isInstalled(lock, undefined), false);
  assert.equal(installed({}), false);
  assert.equal(installed({ "node_modules/ws": { ...ws, version: "7.0.0" } }), false);
  assert.equal(installed({ "node_modules/ws": { ...ws, integrity: "sha512-b" } }), false);
});
