import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { ensureBaseImages } from "./base-images.ts";
import { namesInArchive } from "./import-image.ts";
import { ociArchive } from "./oci-archive.ts";
import { tar } from "./tar.ts";

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "dingi-image-"));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

const sources = [
  {
    name: "localhost/test/one:1",
    layer: [{ type: "file", path: "hello", data: Buffer.from("hi"), mode: 0o755 }],
    config: { entrypoint: ["/hello"] },
  },
  {
    name: "localhost/test/two:1",
    layer: [{ type: "file", path: "hello", data: Buffer.from("hi"), mode: 0o755 }],
    config: { cmd: ["/hello"] },
  },
] as const;

test("the system's tar reads what ours writes", async (t) => {
  const path = join(await folder(t), "a.tar");
  const entries = [
    { type: "directory", path: "d", mode: 0o1777 },
    { type: "file", path: "d/f", data: Buffer.alloc(513, "x"), mode: 0o640 },
    { type: "symlink", path: "d/l", target: "f" },
  ] as const;
  await writeFile(path, tar(entries));
  const listed = execFileSync("tar", ["--utc", "-tvf", path], { encoding: "utf8" }).trim().split("\n");
  assert.deepEqual(
    listed.map((line) => line.replace(/\s+/g, " ")),
    [
      "drwxrwxrwt 0/0 0 1970-01-01 00:00 d/",
      "-rw-r----- 0/0 513 1970-01-01 00:00 d/f",
      "lrwxrwxrwx 0/0 0 1970-01-01 00:00 d/l -> f",
    ],
  );
  assert.equal(execFileSync("tar", ["-xOf", path, "d/f"], { encoding: "utf8" }), "x".repeat(513));
});

test("a path too long for the format is refused, not cut", () => {
  assert.throws(() => tar([{ type: "directory", path: "x".repeat(101) }]), /too long/);
});

test("an archive's digests are those of its blobs, and equal layers are there once", async (t) => {
  const path = join(await folder(t), "images.tar");
  await writeFile(path, ociArchive(sources));
  const names = execFileSync("tar", ["-tf", path], { encoding: "utf8" }).trim().split("\n");
  const blobs = names.filter((name) => /blobs\/sha256\/./.test(name));
  assert.equal(blobs.length, 5); // one layer, two configurations, two manifests
  for (const blob of blobs) {
    const data = execFileSync("tar", ["-xOf", path, blob]);
    assert.equal(blob, `blobs/sha256/${createHash("sha256").update(data).digest("hex")}`);
  }
  const index = JSON.parse(execFileSync("tar", ["-xOf", path, "index.json"], { encoding: "utf8" }));
  assert.equal(index.manifests[1].annotations["io.containerd.image.name"], "localhost/test/two:1");
});

test("the same sources give the same bytes", () => {
  assert.ok(ociArchive(sources).equals(ociArchive(structuredClone(sources) as unknown as typeof sources)));
});

test("the images of an archive are named, OCI's and Docker's, and what is neither is refused", async (t) => {
  const root = await folder(t);
  const path = (name: string) => join(root, name);
  await writeFile(path("oci.tar"), ociArchive(sources));
  assert.deepEqual(await namesInArchive(path("oci.tar")), ["localhost/test/one:1", "localhost/test/two:1"]);
  const list = Buffer.from(JSON.stringify([{ RepoTags: ["busybox:1.36"] }, { RepoTags: null }]));
  await writeFile(path("docker.tar"), tar([{ type: "file", path: "manifest.json", data: list }]));
  execFileSync("gzip", [path("docker.tar")]);
  assert.deepEqual(await namesInArchive(path("docker.tar.gz")), ["busybox:1.36"]);
  await writeFile(path("other"), "hello");
  await assert.rejects(namesInArchive(path("other")), /is no archive of images/);
  await assert.rejects(namesInArchive(path("absent.tar")), { message: `There is no file "${path("absent.tar")}"` });
});

test("the base images are made once, and again when a program has changed", async (t) => {
  const root = await folder(t);
  const catatonit = join(root, "catatonit");
  const busybox = join(root, "busybox");
  await writeFile(catatonit, "pause");
  await writeFile(busybox, "#!/bin/sh\necho busybox; echo sh; echo httpd\n", { mode: 0o755 });
  const path = join(root, "cache/base.tar");
  await ensureBaseImages(path, { catatonit, busybox });
  const first = await stat(path);
  const bytes = await readFile(path);
  await ensureBaseImages(path, { catatonit, busybox });
  assert.equal((await stat(path)).ino, first.ino);
  await writeFile(catatonit, "pause, but better");
  await ensureBaseImages(path, { catatonit, busybox });
  assert.equal((await readFile(path)).equals(bytes), false);
});
