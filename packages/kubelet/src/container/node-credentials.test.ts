import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@dingi/base";
import { nodeCredentials } from "./node-credentials.ts";

const auths = (username: string) => ({ "r.test": { username, password: "p" } });

/** On a node with these files, and one that cannot be read. */
async function usersOn(files: Readonly<Record<string, string>>, locked?: string): Promise<string[]> {
  const host = {
    readTail: async (path: string) => {
      if (path === locked) throw new Error("EACCES");
      return files[path];
    },
  };
  const config = await nodeCredentials({ host, logger: silentLogger, rootDirectory: "/var/lib/kubelet" });
  return Object.values(config).map(({ username = "" }) => username);
}

test("the first docker configuration that a node has is its own, the newer form before the older one", async () => {
  const order = [
    "/var/lib/kubelet/config.json",
    "/root/.docker/config.json",
    "/.docker/config.json",
    "/var/lib/kubelet/.dockercfg",
    "/root/.dockercfg",
    "/.dockercfg",
  ];
  const contentOf = (path: string) => JSON.stringify(path.endsWith(".json") ? { auths: auths(path) } : auths(path));
  const files = Object.fromEntries(order.map((path) => [path, contentOf(path)]));
  for (const path of order) {
    assert.deepEqual(await usersOn(files), [path]);
    delete files[path];
  }
  assert.deepEqual(await usersOn(files), []);
});

test("a docker configuration that cannot be read or understood is passed over", async () => {
  const next = { "/.dockercfg": JSON.stringify(auths("next")) };
  for (const odd of ["no JSON", "[]", '{"auths":{"r.test":{"auth":"bm8gY29sb24="}}}'])
    assert.deepEqual(await usersOn({ ...next, "/root/.docker/config.json": odd }), ["next"], odd);
  const locked = "/root/.docker/config.json";
  assert.deepEqual(await usersOn({ ...next, [locked]: JSON.stringify({ auths: auths("locked") }) }, locked), ["next"]);
});
