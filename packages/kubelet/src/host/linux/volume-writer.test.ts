import assert from "node:assert/strict";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { VolumeFile } from "../host.ts";
import { Pinned } from "./pinned.ts";
import { writeVolumeAtomically } from "./volume-writer.ts";

async function volume(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "dingi-volume-"));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

async function write(directory: string, files: readonly VolumeFile[], group: number | undefined): Promise<void> {
  await using pinned = await Pinned.directory(directory);
  await writeVolumeAtomically(pinned, files, group);
}

const fileOf = (path: string, text: string, mode = 0o644): VolumeFile => ({ path, content: Buffer.from(text), mode });
const read = (directory: string, path: string) => readFile(join(directory, path), "utf8");
const visible = async (directory: string) =>
  (await readdir(directory)).filter((name) => !name.startsWith("..")).toSorted();

test("files are links through one link, so that they change all at once", async (t) => {
  const directory = await volume(t);
  await write(directory, [fileOf("a", "1"), fileOf("deep/er/b", "2", 0o400)], undefined);
  assert.deepEqual(await visible(directory), ["a", "deep"]);
  assert.equal(await readlink(join(directory, "a")), "..data/a");
  assert.equal(await read(directory, "deep/er/b"), "2");
  assert.equal((await stat(join(directory, "deep/er/b"))).mode & 0o777, 0o400);

  const opened = await readlink(join(directory, "..data"));
  await write(directory, [fileOf("a", "changed"), fileOf("c", "3")], undefined);
  assert.deepEqual(await visible(directory), ["a", "c"]);
  assert.deepEqual([await read(directory, "a"), await read(directory, "c")], ["changed", "3"]);
  assert.notEqual(await readlink(join(directory, "..data")), opened);
  assert.equal((await readdir(directory)).filter((name) => name.startsWith("..")).length, 2, "only the new set stays");
});

test("the same content is not written again", async (t) => {
  const directory = await volume(t);
  await write(directory, [fileOf("a", "1"), fileOf("b", "2")], undefined);
  const { ino } = await stat(join(directory, "a"));
  await write(directory, [fileOf("b", "2"), fileOf("a", "1")], undefined);
  assert.equal((await stat(join(directory, "a"))).ino, ino);
  await write(directory, [fileOf("a", "1", 0o600), fileOf("b", "2")], undefined);
  assert.notEqual((await stat(join(directory, "a"))).ino, ino, "another mode is another set");
});

test("what a crash left half done is completed, and leaves nothing behind", async (t) => {
  const directory = await volume(t);
  await write(directory, [fileOf("a", "1")], undefined);
  await rm(join(directory, "a"));
  await mkdir(join(directory, "..half"));
  await symlink("..half", join(directory, "..data_tmp"));
  await write(directory, [fileOf("a", "1")], undefined);
  assert.equal(await read(directory, "a"), "1");

  await writeFile(join(directory, "..data", "a"), "somebody else's");
  await write(directory, [fileOf("a", "1")], undefined);
  assert.equal(await read(directory, "a"), "1");
  await write(directory, [fileOf("a", "2")], undefined);
  assert.equal((await readdir(directory)).filter((name) => name.startsWith("..")).length, 2);
});

const AS_ROOT = { skip: process.getuid?.() !== 0 && "needs root" };

test("a group may read what it is given, and enter the directories", AS_ROOT, async (t) => {
  const directory = await volume(t);
  await chmod(directory, 0o777);
  await write(directory, [fileOf("a", "1", 0o400), fileOf("deep/b", "2", 0o600)], 2000);
  const facts = async (path: string) => {
    const { mode, uid, gid } = await lstat(join(directory, path));
    return [(mode & 0o7777).toString(8), uid, gid];
  };
  assert.deepEqual(await facts("."), ["2777", 0, 2000]);
  assert.deepEqual(await facts("..data/a"), ["440", 0, 2000]);
  assert.deepEqual(await facts("..data/deep"), ["2755", 0, 2000]);
  assert.deepEqual(await facts("..data/deep/b"), ["640", 0, 2000]);
  assert.deepEqual((await facts("..data"))[2], 2000, "links too, and not what they point to");
});

test("a file may have an owner, whatever the group", AS_ROOT, async (t) => {
  const directory = await volume(t);
  await write(directory, [{ ...fileOf("token", "1", 0o600), uid: 1234 }], 2000);
  const { mode, uid, gid } = await stat(join(directory, "token"));
  assert.deepEqual([mode & 0o7777, uid, gid], [0o640, 1234, 2000]);
});
