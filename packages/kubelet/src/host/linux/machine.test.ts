import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { arch, cpus, totalmem } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import { FakeClock } from "@dingi/base";
import { scratchDirectory } from "./host-fixture.ts";
import { LinuxHost } from "./linux-host.ts";
import { Pinned } from "./pinned.ts";

async function open(t: TestContext) {
  const root = await scratchDirectory(t);
  const logs = join(root, "logs");
  await mkdir(logs);
  const clock = new FakeClock();
  return { root, logs, clock, host: await LinuxHost.open({ clock, rootDirectory: root, logDirectory: logs }) };
}
const modeOf = async (path: string) => (await stat(path)).mode & 0o7777;

test("what the machine is", async (t) => {
  const { host } = await open(t);
  const info = await host.info();
  assert.equal(info.cpuCores, cpus().length);
  assert.equal(info.memoryBytes, totalmem());
  assert.equal(info.operatingSystem, "linux");
  assert.equal(info.architecture, { x64: "amd64", arm64: "arm64" }[arch() as "x64" | "arm64"] ?? info.architecture);
  assert.match(info.bootId, /^[0-9a-f-]{36}$/);
  assert.ok(info.osImage.length > 0 && !info.osImage.includes('"'));
  assert.ok(["unified", "legacy", "none"].includes(info.swapControl));
});

test("what of it is used", async (t) => {
  const { host, clock } = await open(t);
  const usage = await host.usage();
  assert.equal(usage.timeMs, clock.now());
  assert.ok(usage.cpuNanoseconds > 0 && usage.cpuNanoseconds % 10_000_000 === 0);
  assert.ok(usage.memoryWorkingSetBytes > 0 && usage.memoryAvailableBytes > 0);
  assert.ok(usage.memoryWorkingSetBytes + usage.memoryAvailableBytes === totalmem());
  assert.ok(usage.fsCapacityBytes >= usage.fsAvailableBytes && usage.fsAvailableBytes > 0);
});

test("what lies at a path", async (t) => {
  const { host, root } = await open(t);
  await writeFile(join(root, "file"), "12345");
  await symlink("file", join(root, "link"));
  execFileSync("mkfifo", [join(root, "pipe")]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(root, "socket"), resolve));
  t.after(() => server.close());
  const types = ["file", "link", "pipe", "socket", "logs", "gone", "file/below"].map((name) =>
    host.fileType(join(root, name)),
  );
  const wanted = ["file", "file", "other", "socket", "directory", undefined, undefined];
  assert.deepEqual(await Promise.all(types), wanted);
  assert.equal(await host.fileType("/dev/null"), "character");
  assert.equal(await host.fileSize(join(root, "file")), 5);
  assert.equal(await host.fileSize(join(root, "gone")), undefined);
  await assert.rejects(host.fileType("a\0b"));
});

test("files and directories are written whole, with the modes that are asked for", async (t) => {
  const { host, root } = await open(t);
  await host.makeDirectory(join(root, "a/b/c"), 0o711);
  assert.equal(await modeOf(join(root, "a/b/c")), 0o711);
  assert.equal(await modeOf(join(root, "a/b")), 0o755);
  await host.makeDirectory(join(root, "a/b/c"), 0o777);
  assert.equal(await modeOf(join(root, "a/b/c")), 0o777);
  const file = join(root, "a/file");
  await host.writeFile(file, "a long text", 0o600);
  await host.writeFile(file, "short", 0o644);
  assert.deepEqual([await readFile(file, "utf8"), await modeOf(file)], ["short", 0o644]);
  await assert.rejects(host.writeFile(join(root, "a/b"), "x", 0o644));
  await assert.rejects(host.writeFile(join(root, "gone/file"), "x", 0o644), { code: "ENOENT" });
  const outside = join(await scratchDirectory(t), "deep");
  await host.makeDirectory(outside, 0o700);
  await host.writeFile(join(outside, "file"), "there", 0o600);
  assert.equal(await host.readTail(join(outside, "file"), 3), "ere");
});

test("the end of a file, and what a directory holds", async (t) => {
  const { host, root } = await open(t);
  await writeFile(join(root, "file"), "0123456789");
  assert.equal(await host.readTail(join(root, "file"), 4), "6789");
  assert.equal(await host.readTail(join(root, "file"), 100), "0123456789");
  assert.equal(await host.readTail(join(root, "gone"), 4), undefined);
  assert.equal(await host.readTail(join(root, "logs"), 4), undefined);
  assert.deepEqual([...(await host.listDirectory(root))].sort(), ["file", "logs"]);
  assert.deepEqual(await host.listDirectory(join(root, "gone")), []);
  assert.deepEqual(await host.listDirectory(join(root, "file")), []);
});

test("a log is read from where one is, moved away and compressed", async (t) => {
  const { host, logs } = await open(t);
  const [log, old, packed] = ["0.log", "0.log.old", "0.log.gz"].map((name) => join(logs, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(log, "0123456789");
  await chmod(log, 0o640);
  await using open1 = (await host.openLog(log))!;
  const buffer = new Uint8Array(4);
  assert.equal(await open1.read(buffer, 3), 4);
  assert.equal(Buffer.from(buffer).toString(), "3456");
  assert.equal(await open1.read(buffer, 8), 2);
  assert.equal(await open1.size(), 10);
  await host.rename(log, old);
  assert.equal(await host.openLog(log), undefined);
  await using open2 = (await host.openLog(old))!;
  assert.equal(open2.identity, open1.identity);
  await host.compress(old, packed, new AbortController().signal);
  assert.equal(gunzipSync(await readFile(packed)).toString(), "0123456789");
  assert.equal(await modeOf(packed), 0o640);
  await host.removeTree(old);
  assert.equal(await host.fileType(old), undefined);
  await host.removeTree(old);
  await host.removeTree(join(logs, "gone/below"));
});

test("a directory's entry has a plain name", async (t) => {
  await using pinned = await Pinned.directory(await scratchDirectory(t));
  for (const name of ["", ".", "..", "a/b", "a\0b"]) assert.throws(() => pinned.entry(name), /is not a name/);
  assert.ok(pinned.entry("..a").endsWith("/..a"));
});

test("a change in a file's directory is told", async (t) => {
  const { host, root } = await open(t);
  const told = Promise.withResolvers<void>();
  using _watch = host.watchFile(join(root, "file"), told.resolve);
  await writeFile(join(root, "file"), "x");
  await told.promise;
});
