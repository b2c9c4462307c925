import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, realpath, rename, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Worker } from "node:worker_threads";
import { AS_ROOT, scratchDirectory } from "./host-fixture.ts";
import { bindPinned, bindSubPath, openSubPath, readWithin } from "./sub-path.ts";

/** A volume, and beside it what a container must not reach. */
async function bench(t: TestContext) {
  const directory = await scratchDirectory(t);
  const [volume, outside, target] = ["volume", "outside", "mounts/0"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(volume);
  await mkdir(join(outside, "inner"), { recursive: true });
  await writeFile(join(outside, "secret"), "the machine's");
  const open = async (subPath: string, resolve?: (path: string) => Promise<string>) => {
    await using found = await openSubPath({ volume, subPath }, resolve);
    return (await found.stat()).ino;
  };
  const inode = async (path: string) => (await stat(join(volume, path))).ino;
  return { volume, outside, target, open, inode };
}

/** Resolves as the file system does, and does something right after the path that ends so was resolved. */
function resolvingThen(ending: string, act: () => Promise<void>): (path: string) => Promise<string> {
  return async (path) => {
    const resolved = await realpath(path).catch((error: unknown) => error as Error);
    if (path.endsWith(ending)) await act();
    if (typeof resolved === "string") return resolved;
    throw resolved;
  };
}

/** The options of the mounts on a path. */
async function mountsAt(path: string): Promise<string[]> {
  const lines = (await readFile("/proc/self/mountinfo", "utf8")).split("\n").map((line) => line.split(" "));
  return lines.flatMap(([, , , , point, options = ""]) => (point === path ? [options.slice(0, 2)] : []));
}

test("what a subPath names is opened, through links that stay in the volume", async (t) => {
  const { volume, open, inode } = await bench(t);
  await mkdir(join(volume, "a/b"), { recursive: true });
  await writeFile(join(volume, "a/file"), "");
  await symlink("a", join(volume, "link"));
  for (const path of ["a/b", "a/file", "link/b", "./a//b/"]) assert.equal(await open(path), await inode(path));
});

test("a directory that is missing has the mode of its volume", async (t) => {
  const { volume, open } = await bench(t);
  await mkdir(join(volume, "there"));
  await symlink("there", join(volume, "link"));
  const mode = async (path: string) => ((await stat(join(volume, path))).mode & 0o7777).toString(8);
  const made = { "777": ["x"], "2775": ["y", "y/z"], "1777": ["link/deep", "link/deep/er"] };
  for (const [wanted, paths] of Object.entries(made)) {
    await chmod(volume, Number.parseInt(wanted, 8));
    await open(paths.at(-1)!);
    for (const path of paths) assert.equal(await mode(path), wanted, path);
  }
  assert.equal(await mode("there"), "755", "what was there keeps its mode");
});

test("nothing out of the volume is opened or made", async (t) => {
  const { volume, outside, open } = await bench(t);
  await symlink(outside, join(volume, "out"));
  await symlink("../outside/new", join(volume, "dangling"));
  for (const path of ["out", "out/inner", "out/secret", "out/made/here", "dangling", "dangling/x", "../outside"])
    await assert.rejects(open(path), path);
  assert.deepEqual((await readdir(outside)).toSorted(), ["inner", "secret"]);
});

test("a part that becomes a link after it was resolved is not followed (CVE-2017-1002101, CVE-2021-25741)", async (t) => {
  const { volume, outside, open } = await bench(t);
  const swap = async (name: string) => {
    await rename(join(volume, name), join(volume, "aside"));
    await symlink(outside, join(volume, name));
  };
  await mkdir(join(volume, "way/inner"), { recursive: true });
  await assert.rejects(
    open(
      "way/inner",
      resolvingThen("way/inner", () => swap("way")),
    ),
    { code: "ENOTDIR" },
  );

  await rename(join(volume, "aside"), join(volume, "way2"));
  await mkdir(join(volume, "last"));
  await assert.rejects(
    open(
      "last",
      resolvingThen("last", () => swap("last")),
    ),
    /became a link/,
  );
});

test("nothing is made in a directory that became a link after it was resolved", async (t) => {
  const { volume, outside, open } = await bench(t);
  await mkdir(join(volume, "way"));
  const swap = async () => {
    await rename(join(volume, "way"), join(volume, "aside"));
    await symlink(outside, join(volume, "way"));
  };
  await assert.rejects(open("way/made", resolvingThen("/way", swap)), { code: "ENOTDIR" });
  assert.deepEqual((await readdir(outside)).toSorted(), ["inner", "secret"]);
});

test("a volume that goes meanwhile is an error", { timeout: 10_000 }, async (t) => {
  const { volume, open } = await bench(t);
  const resolve = resolvingThen("volume", () => rename(volume, `${volume}-was`));
  await assert.rejects(open("a/b", resolve), { code: "ENOENT" });

  await mkdir(volume);
  let asked = 0;
  const gone = () => Promise.reject(Object.assign(new Error("gone"), { code: "ENOENT" }));
  await assert.rejects(
    open("a/b", (path) => (asked++ === 0 ? realpath(path) : gone())),
    /is gone/,
  );
});

test("whoever swaps directory and link all the time gets nothing out of the volume", { timeout: 60_000 }, async (t) => {
  const { volume, outside, open } = await bench(t);
  await mkdir(join(volume, "shown/inner"), { recursive: true });
  await symlink(outside, join(volume, "link"));
  const theirs = (await stat(join(outside, "inner"))).ino;
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const swapper = new Worker(new URL("link-swapper.ts", import.meta.url), { workerData: { directory: volume, flag } });
  await once(swapper, "online");
  const outcomes = { opened: 0, refused: 0 };
  try {
    for (let i = 0; i < 1500; i++) {
      const found = await open(i % 2 === 0 ? "shown/inner" : `shown/made-${i}`).catch(() => undefined);
      outcomes[found === undefined ? "refused" : "opened"]++;
      assert.notEqual(found, theirs);
    }
  } finally {
    Atomics.store(flag, 0, 1);
    await once(swapper, "exit");
  }
  assert.deepEqual((await readdir(outside)).toSorted(), ["inner", "secret"]);
  assert.ok(outcomes.opened > 0 && outcomes.refused > 0, `both happened: ${JSON.stringify(outcomes)}`);
});

test("the runtime is given a mount of what was opened, and the same one again", AS_ROOT, async (t) => {
  const { volume, target } = await bench(t);
  await mkdir(join(volume, "a"));
  await writeFile(join(volume, "a/file"), "1");
  await bindSubPath({ volume, subPath: "a" }, target);
  assert.equal(await readFile(join(target, "file"), "utf8"), "1");
  execFileSync("mount", ["-o", "remount,bind,ro", target]);
  await bindSubPath({ volume, subPath: "a" }, target);
  assert.deepEqual(await mountsAt(target), ["ro"], "the one that is there is left to whoever uses it");

  await rename(join(volume, "a"), join(volume, "was"));
  await writeFile(join(volume, "a"), "a file now");
  await bindSubPath({ volume, subPath: "a" }, target);
  assert.equal(await readFile(target, "utf8"), "a file now");
  assert.deepEqual(await mountsAt(target), ["rw"]);
});

test("a mount stays where it is, whatever the path names later", AS_ROOT, async (t) => {
  const { volume, outside, target } = await bench(t);
  await mkdir(join(volume, "a"));
  await bindSubPath({ volume, subPath: "a" }, target);
  await rename(join(volume, "a"), join(volume, "was"));
  await symlink(outside, join(volume, "a"));
  await writeFile(join(target, "written"), "");
  assert.deepEqual(await readdir(join(volume, "was")), ["written"]);
  await assert.rejects(bindSubPath({ volume, subPath: "a" }, target), /leads out of its volume/);
});

test("what is mounted is the descriptor's, not what has come to its path since", AS_ROOT, async (t) => {
  const { volume, target } = await bench(t);
  await mkdir(join(volume, "a"));
  await writeFile(join(volume, "a/file"), "1");
  await using source = await openSubPath({ volume, subPath: "a" });
  execFileSync("mount", ["-t", "tmpfs", "tmpfs", join(volume, "a")]);
  await bindPinned(source, target);
  assert.deepEqual(await readdir(target), ["file"]);
});

test("a file of a volume is read up to a limit, and nothing else is", async (t) => {
  const { volume, outside } = await bench(t);
  const read = async (subPath: string) => Buffer.from((await readWithin({ volume, subPath }, 4)) ?? "none").toString();
  await writeFile(join(volume, "env"), "A=1\n");
  await writeFile(join(volume, "long"), "A=12\n");
  await symlink(join(outside, "secret"), join(volume, "link"));
  await mkdir(join(volume, "directory"));
  assert.equal(await read("env"), "A=1\n");
  assert.equal(await read("missing"), "none");
  await assert.rejects(read("long"), /has 5 bytes/);
  await assert.rejects(read("link"), /leads out of its volume/);
  await assert.rejects(read("directory"), /not a regular file/);
});
