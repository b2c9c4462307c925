import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { needsOf } from "./build.ts";
import { installLine, isEnough, missingNeeds, wayToGet } from "./needs.ts";
import { PROGRAMS } from "./programs.ts";

const BARE = { ...process.env, PATH: "/nonexistent" };

test("runc needs what links to seccomp, what is cgo a compiler, and the rest only Go", () => {
  assert.deepEqual([...needsOf(["runc"])].sort(), ["c-compiler", "flock", "go", "libseccomp", "pkg-config"]);
  assert.deepEqual([...needsOf(["helm"])].sort(), ["c-compiler", "flock", "go"]);
  assert.deepEqual([...needsOf(["kubectl"])].sort(), ["flock", "go"]);
  for (const [name, { cgo }] of Object.entries(PROGRAMS))
    assert.equal(needsOf([name]).includes("c-compiler"), cgo === true, name);
});

test("as root it is installed, and for others the one line stands at the end", () => {
  const missing = ["c-compiler", "pkg-config", "libseccomp"] as const;
  const line = "sudo apt-get install --yes gcc libc6-dev pkg-config libseccomp-dev";
  assert.equal(installLine(missing), line);
  assert.equal(wayToGet(missing, { isRoot: true, hasApt: true }), "install");
  for (const machine of [
    { isRoot: false, hasApt: true },
    { isRoot: true, hasApt: false },
  ])
    assert.ok(wayToGet(missing, machine).endsWith(`\n\n${line}`));
  assert.match(installLine(["go"]), /golang-go\n\(where that is too old: Go 1\.26 or newer/);
});

test("a Go is enough that is new, or that fetches a newer one", () => {
  assert.equal(isEnough("go version go1.26.0 linux/amd64", "local"), true);
  assert.equal(isEnough("go version go1.24.4 linux/amd64", "auto"), true);
  assert.equal(isEnough("go version go1.24.4 linux/amd64", "local"), false);
  assert.equal(isEnough("go version go1.19.8 linux/amd64", "auto"), false);
  assert.equal(isEnough("go version go1.19.8 linux/amd64", ""), false);
});

test("what is not on the PATH is missing, each by its own trial", () => {
  const script = `import { missingNeeds } from ${JSON.stringify(import.meta.resolve("./needs.ts"))};
    process.stdout.write(JSON.stringify(missingNeeds(["go", "c-compiler", "pkg-config", "libseccomp", "openssl", "go"])));`;
  const said = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    env: BARE,
    encoding: "utf8",
  });
  assert.deepEqual(JSON.parse(said), ["go", "c-compiler", "pkg-config", "libseccomp", "openssl"]);
  assert.deepEqual(missingNeeds([]), []);
});

test("an unknown need is refused with those that there are", () => {
  const path = fileURLToPath(new URL("needs.ts", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [path, "rust"], { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /^Usage: node test\/upstream\/needs\.ts go\|c-compiler\|/);
});
