import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ANY_REGISTRY, removeRegistryMirror, writeRegistryMirror } from "./registry-mirror.ts";

test("a mirror is a hosts.toml in the node's folder, and bad names stay out of the file system", async (t) => {
  const node = await mkdtemp(join(tmpdir(), "dingi-mirror-"));
  t.after(() => rm(node, { recursive: true }));
  await writeRegistryMirror(node, {
    registry: "registry.k8s.io",
    endpoints: ["http://198.18.0.2:5000"],
    insecure: true,
  });
  await writeRegistryMirror(node, { registry: ANY_REGISTRY, endpoints: ["https://mirror.example"] });
  assert.equal(
    await readFile(join(node, "certs.d/registry.k8s.io/hosts.toml"), "utf8"),
    '[host."http://198.18.0.2:5000"]\n  capabilities = ["pull", "resolve"]\n  skip_verify = true\n',
  );
  await removeRegistryMirror(node, "registry.k8s.io");
  assert.deepEqual(await readdir(join(node, "certs.d")), ["_default"]);
  for (const registry of ["../../etc", "", "a/b"]) {
    await assert.rejects(writeRegistryMirror(node, { registry, endpoints: [] }), /is not the name of a registry/);
  }
  await assert.rejects(writeRegistryMirror(node, { registry: "r", endpoints: ["ftp://x"] }), /neither http/);
});
