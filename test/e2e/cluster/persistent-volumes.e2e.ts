import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Dingi } from "./dingi.ts";
import { isReady, until } from "./until.ts";

const ROOT = process.getuid?.() === 0;
const skip = ROOT ? false : "containers need root";
const namespace = "default";
const NAME = "lasting";
const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data", namespace } };
const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };

let dingi: Dingi;

before(async () => {
  if (!ROOT) return;
  dingi = await Dingi.create(NAME);
  await dingi.up("--nodes", "2");
});

after(async () => {
  if (ROOT) await dingi[Symbol.asyncDispose]();
});

/** A pod that tells what it finds, as a user that is not root, and adds its own name to it. */
function podOf(name: string, volume: object): object {
  const args = ["cat /data/names; echo $NAME >> /data/names; sync; echo done; exec sleep 1d"];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsUser: 1000, fsGroup: 2000 },
      volumes: [{ name: "data", ...volume }],
      containers: [
        {
          name: "main",
          image: "localhost/dingi/example:1",
          command: ["sh", "-c"],
          args,
          env: [{ name: "NAME", value: name }],
          volumeMounts: [{ name: "data", mountPath: "/data" }],
          readinessProbe: { exec: { command: ["grep", "-qx", name, "/data/names"] }, periodSeconds: 1 },
        },
      ],
    },
  };
}

const CLAIMED = { persistentVolumeClaim: { claimName: "data" } };

async function ready(name: string): Promise<string> {
  return await until(`The pod ${name}`, async () => {
    const pod = await dingi.core.readNamespacedPod({ namespace, name });
    return isReady(pod) && pod.spec!.nodeName!;
  });
}

/** What the pod found. */
async function run(name: string, volume: object = CLAIMED): Promise<string[]> {
  await dingi.objects.create(podOf(name, volume) as never);
  await ready(name);
  const log = await dingi.core.readNamespacedPodLog({ namespace, name });
  return log.split("\n").filter((line) => line !== "" && line !== "done" && !line.startsWith("cat:"));
}

async function end(name: string): Promise<void> {
  await dingi.core.deleteNamespacedPod({ namespace, name });
  await until("The pod's end", async () =>
    (await dingi.core.listNamespacedPod({ namespace })).items.every(({ metadata }) => metadata!.name !== name),
  );
}

async function directories(): Promise<string[]> {
  const nodes = join(dingi.home, "clusters", NAME, "nodes");
  const all = await Promise.all(
    [`${NAME}-1`, `${NAME}-2`].map(
      async (node) => await readdir(join(nodes, node, "kubelet/local-volumes")).catch(() => []),
    ),
  );
  return all.flat();
}

test("a claim that names no class waits for its first pod", { skip }, async () => {
  await dingi.objects.create({ ...claim, spec } as never);
  const { items } = await until("The claim's event", async () => {
    const events = await dingi.core.listNamespacedEvent({ namespace, fieldSelector: "reason=WaitForFirstConsumer" });
    return events.items.length > 0 && events;
  });
  assert.equal(items[0]!.message, "waiting for first consumer to be created before binding");
  assert.deepEqual(await directories(), []);
});

test("data are there for the pods that come after", { skip }, async () => {
  assert.deepEqual(await run("first"), []);
  const node = await ready("first");
  await end("first");
  assert.deepEqual(await run("second"), ["first"]);
  assert.equal(await ready("second"), node);
});

test("data outlive an agent that is killed", { skip }, async () => {
  const node = await ready("second");
  const before = await dingi.pidOf("agent", node);
  process.kill(before, "SIGKILL");
  await until("Another agent", async () => (await dingi.pidOf("agent", node)) !== before);
  await end("second");
  assert.deepEqual(await run("third"), ["first", "second"]);
});

test("data outlive the cluster's stop", { skip }, async () => {
  await dingi.run("stop", "--name", NAME);
  await dingi.up();
  await ready("third");
  await end("third");
  assert.deepEqual((await run("fourth")).slice(0, 3), ["first", "second", "third"]);
});

test("an ephemeral claim goes with its pod", { skip }, async () => {
  const ephemeral = { volumeClaimTemplate: { spec } };
  assert.deepEqual(await run("passing", { ephemeral }), []);
  assert.equal((await directories()).length, 2);
  await end("passing");
  await until("The end of its data", async () => (await directories()).length === 1);
});

test("a claim that goes takes its data along, once no pod has it", { skip }, async () => {
  await dingi.core.deleteNamespacedPersistentVolumeClaim({ namespace, name: "data" });
  const held = await dingi.core.readNamespacedPersistentVolumeClaim({ namespace, name: "data" });
  assert.ok(held.metadata!.deletionTimestamp);
  await end("fourth");
  await until("The end of the volume", async () => (await dingi.core.listPersistentVolume()).items.length === 0);
  assert.deepEqual(await directories(), []);
});
