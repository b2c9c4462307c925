import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { VolumeFile } from "../host.ts";
import { writeVolumeAtomically } from "./volume-writer.ts";

async function volume(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "dingi-volume-"));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

const fileOf = (path: string, text: string, mode = 0o644): VolumeFile => ({ path, content: Buffer.from(text), mode });
const read = (directory: string, path: string) => readFile(join(directory, path), "utf8");
const visible = async (directory: string) =>
  (await readdir(directory)).filter((name) => !name.startsWith("..")).toSorted();

test("files are links through one link, so that they change all at once", async (t) => {
  const directory = await volume(t);
  await writeVolumeAtomically(directory, [fileOf("a", "1"), fileOf("deep/er/b", "2", 0o400)], undefined);
  assert.deepEqual(await visible(directory), ["a", "deep"]);
  assert.equal(await readlink(join(directory, "a")), "..data/a");
  assert.equal(await read(directory, "deep/er/b"), "2");
  assert.equal((await stat(join(directory, "deep/er/b"))).mode & 0o777, 0o400);

  const opened = await readlink(join(directory, "..data"));
  await writeVolumeAtomically(directory, [fileOf("a", "changed"), fileOf("c", "3")], undefined);
  assert.deepEqual(await visible(directory), ["a", "c"]);
  assert.deepEqual([await read(directory, "a"), await read(directory, "c")], ["changed", "3"]);
  assert.notEqual(await readlink(join(directory, "..data")), opened);
  assert.equal((await readdir(directory)).filter((name) => name.startsWith("..")).length, 2, "only the new set stays");
});

test("the same content is not written again", async (t) => {
  const directory = await volume(t);
  await writeVolumeAtomically(directory, [fileOf("a", "1"), fileOf("b", "2")], undefined);
  const { ino } = await stat(join(directory, "a"));
  await writeVolumeAtomically(directory, [fileOf("b", "2"), fileOf("a", "1")], undefined);
  assert.equal((await stat(join(directory, "a"))).ino, ino);
  await writeVolumeAtomically(directory, [fileOf("a", "1", 0o600), fileOf("b", "2")], undefined);
  assert.notEqual((await stat(join(directory, "a"))).ino, ino, "another mode is another set");
});

test("what a crash left half done is completed, and leaves nothing behind", async (t) => {
  const directory = await volume(t);
  await writeVolumeAtomically(directory, [fileOf("a", "1")], undefined);
  await rm(join(directory, "a"));
  await mkdir(join(directory, "..half"));
  await symlink("..half", join(directory, "..data_tmp"));
  await writeVolumeAtomically(directory, [fileOf("a", "1")], undefined);
  assert.equal(await read(directory, "a"), "1");

  await writeFile(join(directory, "..data", "a"), "somebody else's");
  await writeVolumeAtomically(directory, [fileOf("a", "1")], undefined);
  assert.equal(await read(directory, "a"), "1");
  await writeVolumeAtomically(directory, [fileOf("a", "2")], undefined);
  assert.equal((await readdir(directory)).filter((name) => name.startsWith("..")).length, 2);
});

test("a group may read what it is given", { skip: process.getuid?.() !== 0 && "needs root" }, async (t) => {
  const directory = await volume(t);
  await writeVolumeAtomically(directory, [fileOf("a", "1", 0o400)], 2000);
  const { mode, gid } = await stat(join(directory, "a"));
  assert.deepEqual([mode & 0o777, gid], [0o440, 2000]);
});
