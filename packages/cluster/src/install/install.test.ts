import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { requireDiskSpace } from "./disk-space.ts";
import { chooseFreePort, requireFreePort } from "./port.ts";
import { type PrivilegeError, requireRoot } from "./privileges.ts";
import { findPrograms, isStatic } from "./programs.ts";

test("without root, the exact sudo line and the way without containers", () => {
  const argv = ["./dingi", "up", "-f", "my app.yml", "--runtime=containerd"];
  assert.throws(
    () => requireRoot({ argv, uid: 1000, env: { DINGI_HOME: "/data", HOME: "/home/me" } }),
    (error: PrivilegeError) => {
      assert.equal(error.exitCode, 1);
      assert.ok(
        error.message.includes("\n  sudo DINGI_HOME=/data ./dingi up -f 'my app.yml' --runtime=containerd\n"),
        error.message,
      );
      assert.ok(error.message.endsWith("\n  ./dingi up -f 'my app.yml' --runtime simulated"), error.message);
      return true;
    },
  );
  requireRoot({ argv, uid: 0, env: {} });
});

test("programs are found by PATH, and what is not found is named by its package", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "dingi-programs-"));
  t.after(() => rm(root, { recursive: true }));
  await writeFile(join(root, "catatonit"), "", { mode: 0o755 });
  await writeFile(join(root, "slirp4netns"), "", { mode: 0o644 });
  const { programs } = await findPrograms(root);
  assert.equal(programs.catatonit, join(root, "catatonit"));
});

test("only a program without an interpreter is static", () => {
  const elf = (type: number) => {
    const bytes = Buffer.alloc(64 + 56);
    bytes.writeUInt32BE(0x7f454c46, 0);
    bytes[4] = 2;
    bytes.writeBigUInt64LE(64n, 32);
    bytes.writeUInt16LE(56, 54);
    bytes.writeUInt16LE(1, 56);
    bytes.writeUInt32LE(type, 64);
    return bytes;
  };
  assert.equal(isStatic(elf(1)), true);
  assert.equal(isStatic(elf(3)), false);
  assert.equal(isStatic(Buffer.from("#!/bin/sh\n")), false);
  assert.equal(isStatic(elf(1).subarray(0, 66)), false);
});

test("a port in use is told with its owner, and passed over", async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  await assert.rejects(requireFreePort("127.0.0.1", port), new RegExp(`Port ${port} of "127.0.0.1" is already in use`));
  assert.ok((await chooseFreePort("127.0.0.1", port)) > port);
});

test("too little disk is told in numbers, also for a folder that does not exist yet", async () => {
  await requireDiskSpace(join(tmpdir(), "not/yet/there"), 1);
  await assert.rejects(
    requireDiskSpace(tmpdir(), 2 ** 60),
    /Only \d+ MiB are free .* make room, or name another place by DINGI_HOME/,
  );
});
