import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { after, before, test } from "node:test";
import {
  AppsV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  loadAllYaml,
  Log,
  Watch,
  type V1Pod,
} from "@kubernetes/client-node";
import { systemClock } from "@dingi/base";
import { Dingi } from "./dingi.ts";
import { isReady, until } from "./until.ts";

const NAMESPACE = "default";
const ROOT = process.getuid?.() === 0;
const skip = ROOT ? false : "containers need root";
const NODES = 2;

let dingi: Dingi;
let core: CoreV1Api;
let apps: AppsV1Api;
let config: KubeConfig;

before(async () => {
  if (!ROOT) return;
  dingi = await Dingi.create("e2e");
  await dingi.up("--nodes", String(NODES));
  config = new KubeConfig();
  config.loadFromFile(dingi.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
  apps = config.makeApiClient(AppsV1Api);
});

after(async () => {
  if (!ROOT) return;
  await dingi[Symbol.asyncDispose]();
  const left: string[] = await readdir("/run/dingi").catch(() => []);
  assert.equal(left.includes("e2e"), false, "nothing is left below /run");
});

async function examplePods(): Promise<V1Pod[]> {
  const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: "app=example" });
  return items.filter((pod) => !pod.metadata?.deletionTimestamp);
}

async function execIn(pod: string, command: string[]): Promise<{ output: string; code: number }> {
  const stdout = new PassThrough();
  let output = "";
  stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const { promise, resolve } = Promise.withResolvers<number>();
  const container = (await core.readNamespacedPod({ namespace: NAMESPACE, name: pod })).spec!.containers[0]!.name;
  await new Exec(config).exec(NAMESPACE, pod, container, command, stdout, new PassThrough(), null, false, (status) => {
    const code = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
    resolve(status.status === "Success" ? 0 : Number(code ?? -1));
  });
  return { code: await promise, output };
}

test("a Deployment's pods run on both nodes and answer over their Service, by name", { skip }, async () => {
  const objects = loadAllYaml(await readFile(new URL("../../../examples/deployment.yml", import.meta.url), "utf8"));
  const client = KubernetesObjectApi.makeApiClient(config);
  for (const object of objects)
    await client.create({ ...object, metadata: { ...object.metadata, namespace: NAMESPACE } } as never);
  const pods = await until("Ready pods", async () => {
    const found = await examplePods();
    return found.length === 3 && found.every(isReady) && found;
  });
  assert.equal(new Set(pods.map(({ spec }) => spec?.nodeName)).size, NODES);
  const { output, code } = await execIn(pods[0]!.metadata!.name!, [
    "wget",
    "-qO-",
    "http://example.default.svc.cluster.local/",
  ]);
  assert.equal(code, 0);
  assert.match(output, /^Hello from example-/);
});

test("exec hands on exit codes, and logs are read", { skip }, async () => {
  const name = (await examplePods())[0]!.metadata!.name!;
  assert.equal((await execIn(name, ["sh", "-c", "exit 3"])).code, 3);
  const text = new PassThrough();
  let log = "";
  text.on("data", (chunk: Buffer) => (log += chunk.toString()));
  await new Log(config).log(NAMESPACE, name, (await examplePods())[0]!.spec!.containers[0]!.name, text, {
    follow: false,
  });
  await until("Log", () => Promise.resolve(log !== ""));
  assert.match(log, /Listening on port 8080/);
});

test("a rolling update fails no request", { skip }, async () => {
  const before = (await examplePods()).map(({ metadata }) => metadata?.uid);
  const hammer = await core.createNamespacedPod({
    namespace: NAMESPACE,
    body: {
      metadata: { name: "hammer" },
      spec: {
        restartPolicy: "Never",
        containers: [
          {
            name: "hammer",
            image: "localhost/dingi/example:1",
            command: [
              "sh",
              "-c",
              "while [ ! -e /tmp/stop ]; do wget -qO- http://example/ >/dev/null && echo ok || echo FAILED; done",
            ],
          },
        ],
      },
    },
  });
  const name = hammer.metadata!.name!;
  await until("The hammer", async () => isReady(await core.readNamespacedPod({ namespace: NAMESPACE, name })));
  const deployment = await apps.readNamespacedDeployment({ namespace: NAMESPACE, name: "example" });
  deployment.spec!.template.spec!.containers[0]!.image = "localhost/dingi/example:2";
  await apps.replaceNamespacedDeployment({ namespace: NAMESPACE, name: "example", body: deployment });
  await until("The new version", async () => {
    const found = await examplePods();
    return found.length === 3 && found.every(isReady) && found.every(({ metadata }) => !before.includes(metadata?.uid));
  });
  await execIn(name, ["touch", "/tmp/stop"]);
  const log = await core.readNamespacedPodLog({ namespace: NAMESPACE, name });
  const lines = log.trim().split("\n");
  assert.ok(lines.length > 10, `the hammer asked ${lines.length} times`);
  assert.deepEqual(
    lines.filter((line) => line !== "ok"),
    [],
  );
  await core.deleteNamespacedPod({ namespace: NAMESPACE, name, gracePeriodSeconds: 0 });
});

test("a watch tells of changes as they come", { skip }, async () => {
  const seen = Promise.withResolvers<string>();
  const watch = await new Watch(config).watch(
    `/api/v1/namespaces/${NAMESPACE}/configmaps`,
    {},
    (type, object: { metadata: { name: string } }) => {
      if (object.metadata.name === "watched") seen.resolve(type);
    },
    () => {},
  );
  await core.createNamespacedConfigMap({
    namespace: NAMESPACE,
    body: { metadata: { name: "watched" }, data: { a: "b" } },
  });
  assert.equal(await seen.promise, "ADDED");
  watch.abort();
});

test("kill -9 of the control plane loses no acknowledged write, and containers go on", { skip }, async () => {
  const containers = (await examplePods()).map(({ status }) => status?.containerStatuses?.[0]?.containerID).sort();
  const acknowledged: string[] = [];
  const pid = await dingi.pidOf("control-plane");
  for (let i = 0; i < 200; i++) {
    if (i === 100) process.kill(pid, "SIGKILL");
    const name = `write-${i}`;
    await core.createNamespacedConfigMap({ namespace: NAMESPACE, body: { metadata: { name } } }).then(
      () => acknowledged.push(name),
      () => systemClock.sleep(20),
    );
  }
  const names = await until("The control plane", async () =>
    (await core.listNamespacedConfigMap({ namespace: NAMESPACE })).items.map(({ metadata }) => metadata?.name),
  );
  assert.ok(acknowledged.length >= 100);
  assert.deepEqual(
    acknowledged.filter((name) => !names.includes(name)),
    [],
  );
  assert.deepEqual(
    (await examplePods()).map(({ status }) => status?.containerStatuses?.[0]?.containerID).sort(),
    containers,
  );
});

test("kill -9 of an agent and of containerd restarts no container", { skip }, async () => {
  const state = async () =>
    (await examplePods())
      .map(({ status }) => [status?.containerStatuses?.[0]?.containerID, status?.containerStatuses?.[0]?.restartCount])
      .sort();
  const earlier = await state();
  const pod = (await examplePods())[0]!;
  const name = pod.metadata!.name!;
  const node = pod.spec!.nodeName!;
  for (const role of ["agent", "containerd"]) {
    const pid = await dingi.pidOf(role, node);
    process.kill(pid, "SIGKILL");
    await until(`A new ${role}`, async () => (await dingi.pidOf(role, node)) !== pid);
    await until("The node", async () => (await execIn(name, ["true"])).code === 0);
  }
  assert.deepEqual(await state(), earlier);
});

test("stop keeps the state, and up starts the pods again", { skip }, async () => {
  await dingi.run("stop", "--name", "e2e");
  await dingi.up();
  await until("Ready pods", async () => {
    const found = await examplePods();
    return (
      found.length === 3 &&
      found.every(isReady) &&
      found.every(({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0)
    );
  });
});

test("bad input gets a clear answer", { skip }, async () => {
  const status = async (work: Promise<unknown>) =>
    await work.then(
      () => 0,
      (error: { code?: number }) => error.code ?? -1,
    );
  assert.equal(
    await status(core.createNamespacedConfigMap({ namespace: NAMESPACE, body: { metadata: { name: "Not A Name" } } })),
    422,
  );
  assert.equal(
    await status(
      core.createNamespacedConfigMap({
        namespace: NAMESPACE,
        body: { metadata: { name: "big" }, data: { a: "x".repeat(4 * 1024 * 1024) } },
      }),
    ),
    413,
  );
  assert.equal(
    await status(core.createNamespacedConfigMap({ namespace: "nowhere", body: { metadata: { name: "lost" } } })),
    404,
  );
});
