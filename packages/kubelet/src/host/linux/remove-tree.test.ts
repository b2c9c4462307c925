import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chdir, cwd } from "node:process";
import { mkdirSync } from "node:fs";
import { mkdir, readdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { AS_ROOT, scratchDirectory } from "./host-fixture.ts";
import { Pinned } from "./pinned.ts";
import { removeEntry } from "./remove-tree.ts";

async function remove(directory: string, name: string): Promise<void> {
  await using parent = await Pinned.directory(directory);
  await removeEntry(parent, name);
}

test("a tree goes, with links but not with what they point to", async (t) => {
  const directory = await scratchDirectory(t);
  await mkdir(join(directory, "tree/a/b"), { recursive: true });
  await mkdir(join(directory, "kept"));
  await writeFile(join(directory, "kept/file"), "");
  await writeFile(join(directory, "tree/a/file"), "");
  await symlink("../kept", join(directory, "tree/link"));
  await remove(directory, "tree");
  await remove(directory, "tree");
  assert.deepEqual(await readdir(directory), ["kept"]);
  assert.deepEqual(await readdir(join(directory, "kept")), ["file"]);
});

test("a directory that becomes a link while it is emptied leads nowhere", async (t) => {
  const directory = await scratchDirectory(t);
  await mkdir(join(directory, "kept/inner"), { recursive: true });
  await mkdir(join(directory, "tree/inner"), { recursive: true });
  await using parent = await Pinned.directory(directory);
  await using tree = await parent.subdirectory("tree");
  await rename(join(directory, "tree"), join(directory, "aside"));
  await symlink("kept", join(directory, "tree"));
  await removeEntry(tree, "inner");
  assert.deepEqual(await readdir(join(directory, "aside")), []);
  await remove(directory, "tree");
  assert.deepEqual(await readdir(join(directory, "kept")), ["inner"]);
});

test("what is nested deeper than any path is long goes, too", async (t) => {
  const directory = await scratchDirectory(t);
  mkdirSync(join(directory, "tree"));
  const before = cwd();
  try {
    chdir(join(directory, "tree"));
    for (let depth = 0; depth < 300; depth++) {
      mkdirSync("d".repeat(50));
      chdir("d".repeat(50));
    }
  } finally {
    chdir(before);
  }
  // The depth is the containers' choice, and the number of descriptors is not.
  const script = `
    import { Pinned } from ${here("pinned.ts")};
    import { removeEntry } from ${here("remove-tree.ts")};
    await removeEntry(await Pinned.directory(${JSON.stringify(directory)}), "tree");`;
  const node = ["--input-type=module", "--eval", script];
  execFileSync("sh", ["-c", 'ulimit -n 200 && exec "$0" "$@"', process.execPath, ...node], { stdio: "pipe" });
  assert.deepEqual(await readdir(directory), []);
});

const here = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);

test("what is mounted in a tree is not entered", AS_ROOT, async (t) => {
  const directory = await scratchDirectory(t);
  const point = join(directory, "tree/mounted");
  await mkdir(point, { recursive: true });
  await mkdir(join(directory, "kept"));
  await writeFile(join(directory, "kept/file"), "");
  execFileSync("mount", ["--bind", join(directory, "kept"), point]);
  await assert.rejects(remove(directory, "tree"), /mounted on "mounted"/);
  assert.deepEqual(await readdir(join(directory, "kept")), ["file"]);
});
