import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { loadAllYaml, type CoreV1Api, type CoreV1Event, type V1Pod } from "@kubernetes/client-node";
import { Dingi } from "./dingi.ts";
import { isReady, until } from "./until.ts";

const ROOT = process.getuid?.() === 0;
const skip = ROOT ? false : "containers need root";
const namespace = "default";
const EXAMPLES = new URL("../../../examples/", import.meta.url);

let dingi: Dingi;
let core: CoreV1Api;

before(async () => {
  if (!ROOT) return;
  dingi = await Dingi.create("pods");
  await dingi.up();
  core = dingi.core;
  await create(new URL("liveness.yml", EXAMPLES)); // Takes long; looked at in the end.
});

after(async () => {
  if (ROOT) await dingi[Symbol.asyncDispose]();
});

async function create(file: URL): Promise<void> {
  for (const object of loadAllYaml(await readFile(file, "utf8")))
    await dingi.objects.create({ ...object, metadata: { ...object.metadata, namespace } } as never);
}

const pod = (name: string): Promise<V1Pod> => core.readNamespacedPod({ namespace, name });

async function eventsOf(name: string): Promise<CoreV1Event[]> {
  return (await core.listNamespacedEvent({ namespace, fieldSelector: `involvedObject.name=${name}` })).items;
}

test("two containers of a pod share localhost and a volume", { skip }, async () => {
  await create(new URL("two-containers.yml", EXAMPLES));
  const name = "two-containers";
  await until("A ready pod", async () => isReady(await pod(name)));
  const answer = await until("The web server's answer to its neighbour", async () => {
    const log = await core.readNamespacedPodLog({ namespace, name, container: "writer" });
    return /The writer was here at/.test(log) && log;
  });
  assert.match(answer, /Hello from two-containers/);
});

test("what a pod asks for is there: environment, volumes, init containers, probes, hooks", { skip }, async () => {
  await create(new URL("whole-pod.yml", import.meta.url));
  const name = "whole";
  const ready = await until("A ready pod", async () => {
    const found = await pod(name);
    return isReady(found) && found;
  });
  assert.equal(ready.status?.qosClass, "Burstable");
  const log = await core.readNamespacedPodLog({ namespace, name, container: "main" });
  assert.deepEqual(log.trim().split("\n"), [
    "from configmap: blue",
    "with prefix: blue",
    "from secret: s3cret",
    "own name: whole in default on pods-1",
    "own address: same",
    "memory limit: 67108864",
    "expanded: blue-whole",
    "init container: was here",
    "sidecar: runs",
    'downward: app="whole"',
    "projected: blue s3cret token",
    "subPath: blue",
    "mode: 440",
    "group: 2000",
    "user: 1000 1000 2000",
  ]);
  await until("A ready witness", async () => isReady(await pod("witness")));
  await core.deleteNamespacedPod({ namespace, name });
  await until("The hook's word", async () => {
    const { output } = await loggedBy("witness");
    return output.includes("main was asked to stop");
  });
  await until(
    "The pod's end",
    async () =>
      pod(name).then(
        () => false,
        () => true,
      ),
    20,
  );
});

async function loggedBy(name: string): Promise<{ output: string }> {
  return { output: await core.readNamespacedPodLog({ namespace, name }) };
}

test("a container that fails is started again or not, as its pod says", { skip }, async () => {
  for (const [restartPolicy, command, phase, restarts] of [
    ["Never", "exit 3", "Failed", 0],
    ["Never", "exit 0", "Succeeded", 0],
    ["OnFailure", "[ -e /data/once ] && exit 0; touch /data/once; exit 1", "Succeeded", 1],
  ] as const) {
    const name = `ends-${restartPolicy.toLowerCase()}-${phase.toLowerCase()}`;
    const container = {
      name: "main",
      image: "localhost/dingi/example:1",
      command: ["sh", "-c", command],
      volumeMounts: [{ name: "data", mountPath: "/data" }],
    };
    const spec = { restartPolicy, containers: [container], volumes: [{ name: "data", emptyDir: {} }] };
    await core.createNamespacedPod({ namespace, body: { metadata: { name }, spec } });
    const ended = await until(`${phase} of ${name}`, async () => {
      const found = await pod(name);
      return found.status?.phase === phase && found;
    });
    assert.equal(ended.status?.containerStatuses?.[0]?.restartCount, restarts);
  }
});

test("an image that cannot be had is told, and tried again later", { skip }, async () => {
  const name = "no-image";
  const containers = [{ name: "main", image: "localhost:1/nobody/has-it:7" }];
  await core.createNamespacedPod({ namespace, body: { metadata: { name }, spec: { containers } } });
  const waiting = async () => (await pod(name)).status?.containerStatuses?.[0]?.state?.waiting;
  const seen = new Set<string>();
  const last = await until("ImagePullBackOff", async () => {
    const now = await waiting();
    if (now?.reason) seen.add(now.reason);
    return now?.reason === "ImagePullBackOff" && now;
  });
  assert.match(last.message ?? "", /Back-off pulling image "localhost:1\/nobody\/has-it:7"/);
  const failed = await until("An event", async () =>
    (await eventsOf(name)).find(({ reason, message }) => reason === "Failed" && message?.startsWith("Failed to pull")),
  );
  assert.match(failed.message ?? "", /Failed to pull image "localhost:1\/nobody\/has-it:7": .*connection refused/);
  assert.ok([...seen].every((reason) => ["ContainerCreating", "ErrImagePull", "ImagePullBackOff"].includes(reason)));
});

test("a container whose liveness probe fails is started again", { skip }, async () => {
  const name = "liveness";
  const { status } = await until("A restart", async () => {
    const found = await pod(name);
    return (found.status?.containerStatuses?.[0]?.restartCount ?? 0) > 0 && found;
  });
  assert.equal(status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 137);
  const reasons = (await eventsOf(name)).map(({ reason }) => reason);
  for (const reason of ["Unhealthy", "Killing"]) assert.ok(reasons.includes(reason), `${reason} in ${reasons.join()}`);
});
