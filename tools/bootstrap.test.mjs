import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isInstalled, openingComment } from "./bootstrap.mjs";
import { ROOT } from "./laws/law.mjs";

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

test("a program's help is the comment that it begins with", () => {
  assert.equal(openingComment("// One.\n// Two.\nimport x;\n// Three.\n"), "One.\nTwo.");
  assert.equal(openingComment("/** One. */\nconst x = 1;\n"), "One.");
  assert.equal(openingComment("/**\n * One:\n *\n *   two\n */\nimport x;\n"), "One:\n\n  two");
  assert.equal(openingComment("import x;\n// No head.\n"), "");
});

for (const [name, says] of [
  ["test", /--e2e/],
  ["ok", /npm run ok/],
  ["gen", /npm run gen/],
  ["conformance", /--tier ABCD/],
  ["swap", /--direction/],
  ["bench", /--against upstream/],
  ["mutants", /--sample N/],
  ["manifests", /npm run manifests/],
])
  test(`${name} --help tells what it does and takes, and does nothing`, () => {
    const argv = [join(ROOT, "tools/bootstrap.mjs"), name, "--help"];
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, says);
  });
