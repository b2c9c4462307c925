import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { CoreV1Api, V1Pod } from "@kubernetes/client-node";
import { Dingi } from "./dingi.ts";
import { isReady, until } from "./until.ts";

const ROOT = process.getuid?.() === 0;
const skip = ROOT ? false : "containers need root";
const namespace = "default";
const name = "static-static-1";

let dingi: Dingi;
let core: CoreV1Api;
let file: string;

before(async () => {
  if (!ROOT) return;
  dingi = await Dingi.create("static");
  await dingi.up();
  core = dingi.core;
  file = join(dingi.home, "clusters/static/nodes/static-1/manifests/static.yaml");
});

after(async () => {
  if (ROOT) await dingi[Symbol.asyncDispose]();
});

const manifest = (greeting: string) => `apiVersion: v1
kind: Pod
metadata: { name: static, labels: { app: static } }
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: main
      image: localhost/dingi/example:1
      command: [sh, -c, "echo ${greeting}; while true; do sleep 1; done"]
`;

const mirror = (): Promise<V1Pod> => core.readNamespacedPod({ namespace, name });

async function readyMirror(is: (pod: V1Pod) => boolean = () => true): Promise<V1Pod> {
  return await until("A ready mirror", async () => {
    const pod = await mirror();
    return isReady(pod) && is(pod) && pod;
  });
}

const containerOf = (pod: V1Pod) => pod.status?.containerStatuses?.[0]?.containerID;

test("a file below a node's manifests runs, and its mirror shows how it does", { skip }, async () => {
  await writeFile(file, manifest("first"));
  const pod = await readyMirror();
  assert.equal(pod.metadata?.annotations?.["kubernetes.io/config.source"], "file");
  assert.equal(pod.metadata?.ownerReferences?.[0]?.kind, "Node");
  assert.equal((await core.readNamespacedPodLog({ namespace, name })).trim(), "first");
});

test("who deletes the mirror gets another one, of the same container", { skip }, async () => {
  const old = await readyMirror();
  await core.deleteNamespacedPod({ namespace, name });
  const next = await readyMirror((pod) => pod.metadata?.uid !== old.metadata?.uid);
  assert.equal(containerOf(next), containerOf(old));
});

test("another kubelet goes on with what is there", { skip }, async () => {
  const old = await readyMirror();
  const pid = await dingi.pidOf("agent", "static-1");
  process.kill(pid, "SIGKILL");
  await until("Another agent", async () => ![pid, 0].includes(await dingi.pidOf("agent", "static-1")));
  await until("The node", async () => (await dingi.status()).nodes.every(({ ready }) => ready));
  const pod = await readyMirror();
  assert.deepEqual([pod.metadata?.uid, containerOf(pod)], [old.metadata?.uid, containerOf(old)]);
});

test("a changed file is another pod, and without its file it ends", { skip }, async () => {
  const old = await readyMirror();
  await writeFile(file, manifest("second"));
  const next = await readyMirror((pod) => pod.metadata?.uid !== old.metadata?.uid);
  assert.notEqual(containerOf(next), containerOf(old));
  assert.equal((await core.readNamespacedPodLog({ namespace, name })).trim(), "second");
  await rm(file);
  await until("The mirror's end", async () =>
    mirror().then(
      () => false,
      (error: { code?: number }) => error.code === 404,
    ),
  );
});
