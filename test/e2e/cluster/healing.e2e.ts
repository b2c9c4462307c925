import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { loadAllYaml, type CoreV1Api, type V1Pod } from "@kubernetes/client-node";
import { identify } from "../../../packages/cluster/src/machine/process-identity.ts";
import { supervisorStatus } from "../../../packages/cluster/src/supervisor/control-socket.ts";
import { Dingi } from "./dingi.ts";
import { isReady, until } from "./until.ts";

const ROOT = process.getuid?.() === 0;
const skip = ROOT ? false : "containers need root";
const namespace = "default";
/**
 * Upstream's flags, so that a node's death is acted on within seconds; a kubelet renews its lease every ten. Pods stay
 * on a node that only is not ready yet.
 */
const QUICK = [
  "node-monitor-period=1s",
  "node-monitor-grace-period=14s",
  "default-unreachable-toleration-seconds=1",
].flatMap((flag) => ["--flag", flag]);

let dingi: Dingi;
let core: CoreV1Api;

before(async () => {
  if (!ROOT) return;
  dingi = await Dingi.create("heal");
});

after(async () => {
  if (ROOT) await dingi[Symbol.asyncDispose]();
});

async function pods(): Promise<V1Pod[]> {
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: "app=example" });
  return items.filter((pod) => !pod.metadata?.deletionTimestamp);
}

async function readyPods(): Promise<V1Pod[]> {
  return await until("Ready pods", async () => {
    const found = await pods();
    return found.length === 3 && found.every(isReady) && found;
  });
}

const containersOf = (found: readonly V1Pod[]) =>
  found.map(({ status }) => status?.containerStatuses?.[0]?.containerID).sort();

async function isNodeReady(name: string): Promise<boolean> {
  const { status } = await core.readNode({ name });
  return status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
}

test("two starts of one cluster and one of another, all at once, get along", { skip }, async () => {
  await using other = await Dingi.create("heal-too");
  await Promise.all([dingi.up("--nodes", "2", ...QUICK), dingi.up("--nodes", "2", ...QUICK), other.up()]);
  core = dingi.core;
  assert.notEqual(dingi.server, other.server);
  assert.deepEqual((await core.listNode()).items.map(({ metadata }) => metadata!.name).sort(), ["heal-1", "heal-2"]);
  assert.deepEqual(
    (await other.core.listNode()).items.map(({ metadata }) => metadata!.name),
    ["heal-too-1"],
  );
  const supervisors = (await dingi.status()).processes.filter(({ role }) => role === "supervisor");
  assert.equal(supervisors.length, 1);
  const example = await readFile(new URL("../../../examples/deployment.yml", import.meta.url), "utf8");
  for (const object of loadAllYaml(example))
    await dingi.objects.create({ ...object, metadata: { ...object.metadata, namespace } } as never);
  await readyPods();
});

test("the pods of a node that was killed move to another, and the node comes back", { skip }, async () => {
  const node = (await pods())[0]!.spec!.nodeName!;
  const before = (await dingi.machine()).nodes[node]!.init.pid;
  process.kill(before, "SIGKILL");
  const moved = await until("Pods elsewhere", async () => {
    const found = await pods();
    return found.length === 3 && found.every((pod) => isReady(pod) && pod.spec!.nodeName !== node) && found;
  });
  await until("The node", async () => (await dingi.machine()).nodes[node]!.init.pid !== before);
  await until("A ready node", () => isNodeReady(node));
  await until("The end of the old pods", async () => {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector: "app=example" });
    return items.length === 3;
  });
  assert.deepEqual(containersOf(await pods()), containersOf(moved), "those that moved stay where they are");
});

test(
  "after a killed network of the nodes, Services answer again and no container was restarted",
  { skip },
  async () => {
    const containers = containersOf(await pods());
    const before = (await dingi.machine()).fabric.init.pid;
    process.kill(before, "SIGKILL");
    await until("The network", async () => (await dingi.machine()).fabric.init.pid !== before);
    await until("Nodes", async () => (await isNodeReady("heal-1")) && (await isNodeReady("heal-2")));
    await dingi.up("-f", "examples/deployment.yml"); // It asks the Service from a node.
    assert.deepEqual(containersOf(await readyPods()), containers);
  },
);

test(
  "a runtime and a way out to the world that stand still are started anew, and containers go on",
  { skip },
  async () => {
    const containers = containersOf(await readyPods());
    const { fabric, nodes } = await dingi.machine();
    const [egress, containerd] = [fabric.egress!.pid, nodes["heal-1"]!.containerd!.pid];
    for (const pid of [egress, containerd]) process.kill(pid, "SIGSTOP");
    await until("Another way out", async () => ((await dingi.machine()).fabric.egress?.pid ?? egress) !== egress);
    await until("Another runtime", async () => {
      const pid = (await dingi.machine()).nodes["heal-1"]!.containerd?.pid;
      return pid !== undefined && pid !== containerd;
    });
    for (const pid of [egress, containerd]) assert.equal(await identify(pid), undefined);
    await until("A ready node", () => isNodeReady("heal-1"));
    assert.deepEqual(containersOf(await readyPods()), containers);
  },
);

test("after a killed supervisor, up takes everything over", { skip }, async () => {
  const containers = containersOf(await readyPods());
  const [supervisor, controlPlane] = [await dingi.pidOf("supervisor"), await dingi.pidOf("control-plane")];
  process.kill(supervisor, "SIGKILL");
  await dingi.up();
  assert.notEqual(await dingi.pidOf("supervisor"), supervisor);
  // Not by signal 0, which what has ended also takes until its parent has asked for its exit code.
  assert.equal(await identify(controlPlane), undefined, "the old control plane has ended");
  assert.deepEqual(containersOf(await readyPods()), containers);
});

test("half a start is completed by the next", { skip }, async () => {
  await dingi.run("stop", "--name", "heal");
  const first = dingi.up().catch((error: unknown) => error);
  const supervisor = await until("A supervisor", async () => {
    const status = await supervisorStatus(join(dingi.runDirectory, "supervisor.sock"));
    return status?.processes.find(({ role }) => role === "supervisor");
  });
  process.kill(supervisor.pid, "SIGKILL");
  await Promise.all([first, dingi.up()]);
  await readyPods();
});

test("after what a reboot does, up brings pods back", { skip }, async () => {
  const before = containersOf(await readyPods());
  const { fabric, nodes } = await dingi.machine();
  const { processes } = await dingi.status();
  for (const { pid } of [...processes, fabric.init, ...Object.values(nodes).map(({ init }) => init)]) kill(pid);
  await rm(dingi.runDirectory, { recursive: true });
  await dingi.up();
  // Until the kubelet has spoken, pods are as ready as they were before.
  const found = await until("Pods in new containers", async () => {
    const now = await readyPods();
    return containersOf(now).every((id) => !before.includes(id)) && now;
  });
  for (const { metadata, status } of found)
    assert.ok((status?.containerStatuses?.[0]?.restartCount ?? 0) > 0, `${metadata!.name} is not a new pod`);
});

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It went with its namespace.
  }
}
