import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readBeneath } from "./read-beneath.ts";

test("a file below the directory is read, and nothing that a link leads to", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "read-beneath-"));
  t.after(() => rm(root, { recursive: true }));
  const volume = join(root, "volume");
  await mkdir(join(volume, "in"), { recursive: true });
  await writeFile(join(volume, "in", "file"), "inside");
  await writeFile(join(root, "secret"), "outside");
  await symlink(join(root, "secret"), join(volume, "link"));
  await symlink(root, join(volume, "out"));
  await symlink("in", join(volume, "also"));
  execFileSync("mkfifo", [join(volume, "pipe")]);
  assert.equal(await readBeneath(volume, "in/file", 100), "inside");
  assert.equal(await readBeneath(volume, "./in//file", 3), "ins");
  for (const path of ["link", "out/secret", "also/file", "../secret", "in/../../secret", "missing", "in", "pipe", ""])
    assert.equal(await readBeneath(volume, path, 100), undefined, path);
});
