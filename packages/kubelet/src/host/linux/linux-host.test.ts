import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, chown, lstat, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import { systemClock } from "@dingi/base";
import { AS_ROOT, scratchDirectory } from "./host-fixture.ts";
import { LinuxHost } from "./linux-host.ts";

/** The kubelet's directory and that of the logs, and beside them what nobody may reach through them. */
async function bench(t: TestContext) {
  const directory = await scratchDirectory(t);
  const [root, logs, outside] = ["kubelet", "logs", "outside"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [root, logs, outside]) await mkdir(path);
  await writeFile(join(outside, "0.log"), "the machine's", { mode: 0o600 });
  const host = await LinuxHost.open({ clock: systemClock, rootDirectory: root, logDirectory: logs });
  const untouched = async () => {
    assert.deepEqual(await readdir(outside), ["0.log"]);
    assert.equal(await readFile(join(outside, "0.log"), "utf8"), "the machine's");
    assert.equal((await lstat(join(outside, "0.log"))).mode & 0o777, 0o600);
    assert.equal((await lstat(outside)).mode & 0o777, 0o755);
  };
  return { host, root, logs, outside, untouched };
}

const { signal } = new AbortController();

test("a link in place of a file is neither read nor written", async (t) => {
  const { host, logs, outside, untouched } = await bench(t);
  const link = join(logs, "1.log");
  await symlink(join(outside, "0.log"), link);
  assert.equal(await host.openLog(link), undefined);
  assert.equal(await host.readTail(link, 100), undefined);
  assert.notEqual(await host.fileSize(link), "the machine's".length);
  await assert.rejects(host.writeFile(link, "x", 0o666), { code: "ELOOP" });
  await assert.rejects(host.compress(link, `${link}.gz`, signal), /not a regular file/);
  await writeFile(join(logs, "2.log"), "2");
  await assert.rejects(host.compress(join(logs, "2.log"), link, signal), { code: "EEXIST" });
  await assert.rejects(host.makeDirectory(link, 0o777), { code: "ENOTDIR" });
  await host.removeTree(link);
  await untouched();
});

test("a link in place of a directory leads nowhere", async (t) => {
  const { host, logs, root, outside, untouched } = await bench(t);
  for (const link of [join(logs, "pod"), join(root, "pod")]) {
    await symlink(outside, link);
    const [file, other] = [join(link, "0.log"), join(link, "other")];
    assert.equal(await host.openLog(file), undefined);
    assert.equal(await host.readTail(file, 100), undefined);
    assert.equal(await host.fileSize(file), undefined);
    assert.deepEqual(await host.listDirectory(link), []);
    await host.removeTree(file);
    const refused = { code: "ENOTDIR" };
    await assert.rejects(host.writeFile(other, "x", 0o666), refused);
    await assert.rejects(host.makeDirectory(other, 0o777), refused);
    await assert.rejects(host.makeDirectory(link, 0o777), refused);
    await assert.rejects(host.rename(file, join(logs, "stolen")), refused);
    await assert.rejects(host.rename(join(logs, "pod"), other), refused);
    await assert.rejects(host.compress(file, join(logs, "stolen"), signal), /not a regular file/);
    await assert.rejects(host.writeVolume(link, [], undefined), refused);
    await assert.rejects(host.setGroup(link, 1000), refused);
  }
  await untouched();
});

test("a pipe in place of a log holds nobody up", { timeout: 10_000 }, async (t) => {
  const { host, logs } = await bench(t);
  const pipe = join(logs, "0.log");
  execFileSync("mkfifo", [pipe]);
  assert.equal(await host.openLog(pipe), undefined);
  assert.equal(await host.readTail(pipe, 100), undefined);
  await assert.rejects(host.writeFile(pipe, "x", 0o666), { code: "ENXIO" });
});

test("files are written, read, moved, compressed and removed as they should be", async (t) => {
  const { host, logs } = await bench(t);
  const directory = join(logs, "pod/container");
  const log = join(directory, "0.log");
  await host.makeDirectory(directory, 0o2750);
  assert.equal((await lstat(directory)).mode & 0o7777, 0o2750);
  assert.equal((await lstat(join(logs, "pod"))).mode & 0o7777, 0o755);
  await host.writeFile(log, "longer than later", 0o600);
  await host.writeFile(log, "line", 0o640);
  assert.equal((await lstat(log)).mode & 0o7777, 0o640);
  assert.deepEqual([await host.readTail(log, 2), await host.fileSize(log)], ["ne", 4]);
  await host.rename(log, `${log}.1`);
  await host.compress(`${log}.1`, `${log}.gz`, signal);
  assert.equal(gunzipSync(await readFile(`${log}.gz`)).toString(), "line");
  assert.deepEqual([...(await host.listDirectory(directory))].toSorted(), ["0.log.1", "0.log.gz"]);
  await host.removeTree(join(logs, "pod"));
  await host.removeTree(join(logs, "pod"));
  assert.deepEqual([await readdir(logs), await host.listDirectory(directory)], [[], []]);
});

test("the administrator's own paths may be links", async (t) => {
  const { host, outside, root } = await bench(t);
  const manifests = `${root}-manifests`;
  await symlink(outside, manifests);
  await symlink("0.log", join(outside, "link"));
  assert.deepEqual([...(await host.listDirectory(manifests))].toSorted(), ["0.log", "link"]);
  assert.equal(await host.readTail(join(manifests, "link"), 100), "the machine's");
});

test("what a group is given it may write, and new files are the group's", AS_ROOT, async (t) => {
  const { host, root, outside, untouched } = await bench(t);
  const volume = join(root, "volume");
  await mkdir(join(volume, "deep"), { recursive: true });
  await writeFile(join(volume, "deep/file"), "", { mode: 0o600 });
  await symlink(join(outside, "0.log"), join(volume, "link"));
  await host.setGroup(volume, 2000);
  const facts = async (path: string) => {
    const { mode, gid } = await lstat(join(volume, path));
    return [(mode & 0o7777).toString(8), gid];
  };
  assert.deepEqual(await facts("."), ["2775", 2000]);
  assert.deepEqual(await facts("deep"), ["2775", 2000]);
  assert.deepEqual(await facts("deep/file"), ["660", 2000]);
  assert.equal((await facts("link"))[1], 2000);
  assert.equal((await lstat(join(outside, "0.log"))).gid, 0);
  await untouched();
});

test("a volume that is its group's already is not gone through, whatever lies in it", AS_ROOT, async (t) => {
  const { host, root } = await bench(t);
  const volume = join(root, "local-volumes/pv");
  await host.makeDirectory(join(volume, "deep"), 0o755);
  const groupOf = async (path: string) => (await lstat(join(volume, path))).gid;
  await host.setGroup(volume, 2000, { unlessRootHasIt: true });
  assert.equal(await groupOf("deep"), 2000);
  await chown(join(volume, "deep"), 0, 0);
  await host.setGroup(volume, 2000, { unlessRootHasIt: true });
  assert.equal(await groupOf("deep"), 0);
  await chmod(volume, 0o755);
  await host.setGroup(volume, 2000, { unlessRootHasIt: true });
  assert.equal(await groupOf("deep"), 2000);
  await chown(join(volume, "deep"), 0, 0);
  await host.setGroup(volume, 2000, { unlessRootHasIt: false });
  assert.equal(await groupOf("deep"), 2000);
});

test("what is in memory is gone with its directory", AS_ROOT, async (t) => {
  const { host, root } = await bench(t);
  const [volume, target] = [join(root, "pod/volumes/secret"), join(root, "pod/volume-subpaths/0")];
  await host.makeDirectory(volume, 0o777);
  await host.mountTmpfs(volume, 1024 * 1024);
  const table = (await readFile("/proc/self/mountinfo", "utf8")).split("\n").find((line) => line.includes(volume))!;
  assert.match(table, /tmpfs.*size=1024k/);
  await host.bindSubPath(volume, "part", target);
  assert.deepEqual([await host.isMounted(volume), await host.isMounted(target)], [true, true]);
  await host.removeTree(join(root, "pod"));
  assert.deepEqual([await host.isMounted(volume), await host.isMounted(target)], [false, false]);
  assert.deepEqual(await readdir(root), []);
});
