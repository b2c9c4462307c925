import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { loadAllYaml } from "@kubernetes/client-node";
import { Dingi } from "./dingi.ts";
import { until } from "./until.ts";

const ROOT = process.getuid?.() === 0;
const skip = ROOT ? false : "containers need root";
const namespace = "default";

let dingi: Dingi;

before(async () => {
  if (!ROOT) return;
  dingi = await Dingi.create("volumes");
  await dingi.up();
  const manifest = await readFile(new URL("volumes.yml", import.meta.url), "utf8");
  for (const object of loadAllYaml(manifest)) await dingi.objects.create(object as never);
});

after(async () => {
  if (ROOT) await dingi[Symbol.asyncDispose]();
});

/** The process directory of the node's agent, which sees the node's files and mounts. */
const agent = async () => `/proc/${await dingi.pidOf("agent", "volumes-1")}`;
const mounts = async () =>
  (await readFile(`${await agent()}/mountinfo`, "utf8"))
    .split("\n")
    .filter((line) => line.includes("/var/lib/kubelet/pods/"));

test("volumes are as a container of another cluster finds them", { skip }, async () => {
  const log = await until("The container's findings", async () => {
    const text = await dingi.core.readNamespacedPodLog({ namespace, name: "volumes" });
    return text.includes("done\n") && text;
  });
  assert.deepEqual(log.trim().split("\n"), [
    "write /secret/key no",
    "write /map/key no",
    "write /own/name no",
    "write /conf no",
    "kind /secret memory",
    "kind /map disk",
    "kind /own memory",
    "kind /memory memory",
    "kind /disk disk",
    "mode /secret/..data/key -rw-r--r-- 0 2000",
    "mode /disk drwxrwsrwx 0 2000",
    "mode /part drwxrwsrwx 0 2000",
    "mode /secret/nested drwxrwsrwx 0 2000",
    "mode /memory drwxrwsrwt 0 2000",
    "mode /var/run/secrets/kubernetes.io/serviceaccount/..data/token -rw-r----- 1000 2000",
    "group 1000 2000",
    "done",
  ]);
});

test("a subPath that leads out of its volume is refused, and nothing is made there", { skip }, async () => {
  const waiting = await until("Both containers' refusal", async () => {
    const { status } = await dingi.core.readNamespacedPod({ namespace, name: "leads-out" });
    const all = status?.containerStatuses?.flatMap(({ state }) => state?.waiting ?? []) ?? [];
    return all.every(({ reason }) => reason === "CreateContainerConfigError") && all.length === 2 && all;
  });
  for (const [index, name] of ["reads", "makes"].entries()) {
    const message = `failed to prepare subPath for volumeMount "disk" of container "${name}"`;
    assert.equal(waiting[index]?.message, message);
  }
  assert.ok(!(await readdir(`${await agent()}/root/tmp`)).includes("made-by-subpath"));
});

test("nothing stays mounted of pods that are gone", { skip }, async () => {
  assert.ok((await mounts()).length > 0);
  for (const name of ["volumes", "leads-out"]) await dingi.core.deleteNamespacedPod({ namespace, name });
  await until("The node's mounts to go", async () => (await mounts()).length === 0);
  assert.deepEqual(await readdir(`${await agent()}/root/var/lib/kubelet/pods`), []);
});
