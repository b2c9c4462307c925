import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

test("packages that want a newer Node are installed without a warning", (t) => {
  const root = mkdtempSync(join(tmpdir(), "dingi-bootstrap-"));
  t.after(() => rmSync(root, { recursive: true }));
  const write = (path, value) => writeFileSync(join(root, path), JSON.stringify(value));
  const newer = { name: "newer", version: "1.0.0", engines: { node: ">=999" } };
  mkdirSync(join(root, "newer"));
  write("newer/package.json", newer);
  write("package.json", { name: "root", version: "1.0.0", workspaces: ["newer"] });
  const packages = {
    "": { name: "root", version: "1.0.0", workspaces: ["newer"] },
    newer,
    "node_modules/newer": { resolved: "newer", link: true },
  };
  write("package-lock.json", { name: "root", version: "1.0.0", lockfileVersion: 3, requires: true, packages });

  const warned = spawnSync("npm", ["ci", "--offline"], { cwd: root, encoding: "utf8" });
  assert.match(warned.stderr, /EBADENGINE/, "npm does warn of it");
  rmSync(join(root, "node_modules"), { recursive: true });

  const script = `(await import(${JSON.stringify(import.meta.resolve("./bootstrap.mjs"))})).ensureInstalled(process.cwd())`;
  const argv = ["--input-type=module", "--eval", script];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd: root, encoding: "utf8" });
  assert.equal(status, 0);
  assert.match(stdout, /^Installing the npm packages of the lockfile/);
  assert.equal(stderr, "");
});
