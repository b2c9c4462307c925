import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, Event, Node, Pod, Secret, Service, ServiceAccount, type V1Pod, type V1PodSpec } from "@dingi/api";
import { TestCluster, type TestNode } from "@dingi/testing";
import type { Kubelet } from "./kubelet.ts";

const namespace = "default";
const keyOf = (name: string) => ({ namespace, name });

interface Room extends AsyncDisposable {
  readonly cluster: TestCluster;
  readonly node: TestNode;
  readonly kubelet: () => Kubelet;
}

/** One node, to which a test binds pods itself. */
async function start(): Promise<Room> {
  const cluster = await TestCluster.start({ nodes: 1, controllers: [], parts: ["controllers"] });
  const [node] = cluster.nodes;
  await cluster.eventually(async () => {
    const { status } = await cluster.admin.get(Node, { namespace: "", name: node!.name });
    return status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True");
  });
  const dispose = () => cluster[Symbol.asyncDispose]();
  return { cluster, node: node!, kubelet: () => node!.kubelet, [Symbol.asyncDispose]: dispose };
}

async function add({ cluster }: Room, name: string, spec: Partial<V1PodSpec> = {}): Promise<V1Pod> {
  const containers = [{ name: "main", image: "registry.example/app:1" }];
  const whole = { nodeName: "node-1", terminationGracePeriodSeconds: 2, containers, ...spec };
  return await cluster.admin.create(Pod, { metadata: keyOf(name), spec: whole });
}
const podOf = ({ cluster }: Room, name: string) => cluster.admin.get(Pod, keyOf(name));
const isReady = async (room: Room, name: string) =>
  (await podOf(room, name)).status.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
const waitingOf = async (room: Room, name: string) =>
  (await podOf(room, name)).status.containerStatuses?.[0]?.state?.waiting;

/** What the container sees in its environment. */
async function environmentOf({ node }: Room, pod: string): Promise<string> {
  const containers = await node.cri.runtime.listContainers({});
  const sandboxes = await node.cri.runtime.listPodSandbox({});
  const sandbox = sandboxes.find(({ metadata }) => metadata.name === pod);
  const container = containers.find(({ podSandboxId }) => podSandboxId === sandbox?.id);
  const { stdout } = await node.cri.runtime.execSync(container!.id, ["env"]);
  return Buffer.from(stdout).toString();
}

const text = (content: Uint8Array | undefined) => content && Buffer.from(content).toString();
const volumePath = ({ metadata }: V1Pod, plugin: string, name: string) =>
  `/var/lib/kubelet/pods/${metadata.uid}/volumes/kubernetes.io~${plugin}/${name}`;

test("a pod waits for the ConfigMap that its environment comes from, and starts as soon as it is there", async () => {
  await using room = await start();
  const env = [{ name: "COLOUR", valueFrom: { configMapKeyRef: { name: "paint", key: "colour" } } }];
  const envFrom = [{ secretRef: { name: "keys" } }];
  await room.cluster.admin.create(Secret, { metadata: keyOf("keys"), stringData: { KEY: "abc" } });
  await add(room, "web", { containers: [{ name: "main", image: "registry.example/app:1", env, envFrom }] });
  await room.cluster.eventually(async () => (await waitingOf(room, "web"))?.reason === "CreateContainerConfigError");
  assert.equal((await waitingOf(room, "web"))?.message, 'configmap "paint" not found');
  await room.cluster.admin.create(ConfigMap, { metadata: keyOf("paint"), data: { colour: "blue" } });
  await room.cluster.eventually(() => isReady(room, "web"), 3000);
  const environment = await environmentOf(room, "web");
  assert.match(environment, /^COLOUR=blue$/m);
  assert.match(environment, /^KEY=abc$/m);
});

test("what a volume shows of ConfigMaps and Secrets follows them, all sources of a projected one, too", async () => {
  await using room = await start();
  const { admin } = room.cluster;
  for (const name of ["plain", "projected"])
    await admin.create(ConfigMap, { metadata: keyOf(name), data: { file: "old" } });
  for (const name of ["hidden", "projected"])
    await admin.create(Secret, { metadata: keyOf(name), stringData: { key: "old" } });
  const sources = [{ configMap: { name: "projected" } }, { secret: { name: "projected" } }];
  const volumes = [
    { name: "m", configMap: { name: "plain" } },
    { name: "s", secret: { secretName: "hidden" } },
    { name: "p", projected: { sources } },
  ];
  const pod = await add(room, "web", { volumes });
  await room.cluster.eventually(() => isReady(room, "web"));
  const shown = async () => {
    const read = async (plugin: string, name: string, path: string) =>
      text(await room.node.host.readWithin(volumePath(pod, plugin, name), path));
    return [
      await read("configmap", "m", "file"),
      await read("secret", "s", "key"),
      await read("projected", "p", "file"),
      await read("projected", "p", "key"),
    ].join();
  };
  assert.equal(await shown(), "old,old,old,old");
  for (const name of ["plain", "projected"])
    await admin.patch(ConfigMap, keyOf(name), { data: { file: "new" } }, { type: "merge" });
  for (const name of ["hidden", "projected"])
    await admin.patch(Secret, keyOf(name), { stringData: { key: "new" } }, { type: "merge" });
  await room.cluster.eventually(async () => (await shown()) === "new,new,new,new", 3000);
});

test("Services of its namespace and the API server's stand in a pod's environment, unless it wants none", async () => {
  await using room = await start();
  const ports = [{ port: 80 }];
  await room.cluster.admin.create(Service, { metadata: keyOf("shop"), spec: { ports, selector: { app: "shop" } } });
  await room.cluster.pass(1000);
  await add(room, "linked");
  await add(room, "plain", { enableServiceLinks: false });
  for (const name of ["linked", "plain"]) await room.cluster.eventually(() => isReady(room, name));
  assert.match(await environmentOf(room, "linked"), /^SHOP_SERVICE_PORT=80$/m);
  assert.match(await environmentOf(room, "linked"), /^KUBERNETES_SERVICE_HOST=10\.96\.0\.1$/m);
  assert.doesNotMatch(await environmentOf(room, "plain"), /^SHOP_/m);
  assert.match(await environmentOf(room, "plain"), /^KUBERNETES_SERVICE_HOST=10\.96\.0\.1$/m);
});

test("a pod that the node has no room for, or that is meant for another, is refused for good", async () => {
  await using room = await start();
  const resources = { requests: { cpu: "1000" } };
  await add(room, "huge", { containers: [{ name: "main", image: "registry.example/app:1", resources }] });
  await add(room, "lost", { nodeSelector: { disk: "fast" } });
  const refused = async (name: string) => {
    const { status } = await podOf(room, name);
    return status.phase === "Failed" ? status.reason : undefined;
  };
  assert.equal(await room.cluster.eventually(() => refused("huge")), "OutOfcpu");
  assert.equal(await room.cluster.eventually(() => refused("lost")), "NodeAffinity");
  await room.cluster.admin.patch(
    Node,
    { namespace: "", name: "node-1" },
    { metadata: { labels: { disk: "fast" } } },
    { type: "merge" },
  );
  await add(room, "found", { nodeSelector: { disk: "fast" } });
  await room.cluster.eventually(() => isReady(room, "found"));
});

test("a pod that is deleted leaves nothing behind, and the kubelet forgets it", async () => {
  await using room = await start();
  const pod = await add(room, "web", { volumes: [{ name: "e", emptyDir: {} }] });
  await room.cluster.eventually(() => isReady(room, "web"));
  assert.equal(room.kubelet().findPod(namespace, "web")?.metadata.uid, pod.metadata.uid);
  assert.equal(room.kubelet().findPod(namespace, "other"), undefined);
  assert.equal(room.kubelet().findPod("other", "web"), undefined);
  assert.equal(await room.node.host.fileType(volumePath(pod, "empty-dir", "e")), "directory");
  await room.cluster.admin.delete(Pod, keyOf("web"));
  await room.cluster.eventually(() => room.kubelet().pods.length === 0, 10_000);
  assert.deepEqual(await room.node.cri.runtime.listContainers({}), []);
  assert.deepEqual(await room.node.cri.runtime.listPodSandbox({}), []);
  assert.equal(await room.node.host.fileType(volumePath(pod, "empty-dir", "e")), undefined);
  assert.equal((await room.cluster.admin.list(Pod, { namespace })).items.length, 0);
});

test("what was deleted while the kubelet was away is ended when it is back", async () => {
  await using room = await start();
  const pod = await add(room, "orphan", { volumes: [{ name: "e", emptyDir: {} }] });
  await add(room, "stays");
  for (const name of ["orphan", "stays"]) await room.cluster.eventually(() => isReady(room, name));
  await room.node.stopKubelet();
  await room.cluster.admin.delete(Pod, keyOf("orphan"), { gracePeriodSeconds: 0 });
  await room.cluster.pass(2000);
  room.node.startKubelet();
  await room.cluster.eventually(async () => (await room.node.cri.runtime.listPodSandbox({})).length === 1, 10_000);
  assert.equal((await room.node.cri.runtime.listContainers({})).length, 1);
  assert.equal(await room.node.host.fileType(volumePath(pod, "empty-dir", "e")), undefined);
  assert.deepEqual(
    room.kubelet().pods.map(({ metadata }) => metadata.name),
    ["stays"],
  );
  const [status] = (await podOf(room, "stays")).status.containerStatuses ?? [];
  assert.equal(status?.restartCount, 0);
});

test("a pod removed at once is ended without another word from the API server", async () => {
  await using room = await start();
  await add(room, "web");
  await room.cluster.eventually(() => isReady(room, "web"));
  await room.cluster.admin.delete(Pod, keyOf("web"), { gracePeriodSeconds: 0 });
  await room.cluster.eventually(async () => (await room.node.cri.runtime.listContainers({})).length === 0, 10_000);
});

test("a container that ends is started again at once, although nobody asked", async () => {
  await using room = await start();
  await add(room, "web", { containers: [{ name: "main", image: "registry.example/app:1", command: ["sleep", "3"] }] });
  const restarts = async () => (await podOf(room, "web")).status.containerStatuses?.[0]?.restartCount;
  await room.cluster.eventually(async () => (await restarts()) === 1, 6000);
});

test("a token of the pod's account lies in its volume", async () => {
  await using room = await start();
  await room.cluster.admin.create(ServiceAccount, { metadata: keyOf("robot") });
  const pod = await add(room, "web", { serviceAccountName: "robot" });
  await room.cluster.eventually(() => isReady(room, "web"));
  const { name } = pod.spec.volumes!.find(({ projected }) => projected)!;
  const token = text(await room.node.host.readWithin(volumePath(pod, "projected", name), "token"))!;
  const claims = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as { sub: string };
  assert.equal(claims.sub, "system:serviceaccount:default:robot");
});

test("probes decide about readiness and restarts, and their failures are told", async () => {
  await using room = await start();
  const probe = (command: string) => ({ exec: { command: [command] }, periodSeconds: 1, failureThreshold: 2 });
  const image = "registry.example/app:1";
  await add(room, "unready", { containers: [{ name: "main", image, readinessProbe: probe("false") }] });
  await add(room, "dying", { containers: [{ name: "main", image, livenessProbe: probe("false") }] });
  await add(room, "well", { containers: [{ name: "main", image, readinessProbe: probe("true") }] });
  await room.cluster.eventually(() => isReady(room, "well"), 5000);
  await room.cluster.eventually(
    async () => ((await podOf(room, "dying")).status.containerStatuses?.[0]?.restartCount ?? 0) > 0,
    10_000,
  );
  assert.equal(await isReady(room, "unready"), false);
  const { items } = await room.cluster.admin.list(Event, { namespace });
  const told = new Set(items.filter(({ reason }) => reason === "Unhealthy").map(({ message }) => message));
  assert.deepEqual([...told].sort(), ["Liveness probe failed: ", "Readiness probe failed: "]);
});
