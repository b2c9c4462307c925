import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ANY_REGISTRY, onFabric, parseRegistryMirror, writeRegistryMirror } from "./registry-mirror.ts";

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
  for (const registry of ["../../etc", "", "a/b"]) {
    await assert.rejects(writeRegistryMirror(node, { registry, endpoints: [] }), /is not the name of a registry/);
  }
  await assert.rejects(writeRegistryMirror(node, { registry: "r", endpoints: ["ftp://x"] }), /neither http/);
});

test("a mirror is named as registry=address, and localhost is the machine as nodes reach it", () => {
  assert.deepEqual(parseRegistryMirror("docker.io=https://mirror.example/"), {
    registry: "docker.io",
    endpoints: ["https://mirror.example"],
  });
  const any = parseRegistryMirror("*=http://localhost:5000");
  assert.equal(any.registry, ANY_REGISTRY);
  assert.deepEqual(onFabric(any, "198.18.3.0/24").endpoints, ["http://198.18.3.1:5000"]);
  const elsewhere = parseRegistryMirror("quay.io=http://localhost.example:5000");
  assert.deepEqual(onFabric(elsewhere, "198.18.3.0/24"), elsewhere);
  for (const text of ["docker.io", "=http://x", "docker.io=mirror", "docker.io=ftp://x", "../x=http://x"])
    assert.throws(() => parseRegistryMirror(text));
});
