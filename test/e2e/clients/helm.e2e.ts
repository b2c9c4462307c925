// Helm 4 against a cluster with real nodes: a chart with hooks, which are Pods, from its installation to its end.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { AppsV1Api, KubeConfig, type CoreV1Api } from "@kubernetes/client-node";
import { Dingi } from "../cluster/dingi.ts";
import { isReady, until } from "../cluster/until.ts";
import { helmProgram, run, type Answer, type Program } from "./programs.ts";
import { WIDESPREAD } from "./widespread-kinds.ts";

const program = process.getuid?.() === 0 ? helmProgram() : "containers need root";
const skip = typeof program === "string" ? program : false;
const CHART = fileURLToPath(new URL("testdata/chart", import.meta.url));
const namespace = "shop";
const WAIT = ["--wait", "--timeout", "180s"];

let dingi: Dingi;
let core: CoreV1Api;
let apps: AppsV1Api;
let home: string;

before(async () => {
  if (skip !== false) return;
  home = await mkdtemp(join(tmpdir(), "dingi-helm-"));
  dingi = await Dingi.create("helm");
  await dingi.up();
  ({ core } = dingi);
  const config = new KubeConfig();
  config.loadFromFile(dingi.kubeconfig);
  apps = config.makeApiClient(AppsV1Api);
});

after(async () => {
  if (skip !== false) return;
  await dingi[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

async function helm(...args: string[]): Promise<Answer> {
  const directories = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  return await run(program as Program, [...args, "--namespace", namespace], { ...dingi.env, ...directories });
}

async function must(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await helm(...args);
  assert.equal(code, 0, `helm ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

async function message(): Promise<string | undefined> {
  return (await core.readNamespacedConfigMap({ namespace, name: "web" })).data?.["message"];
}

/** Hooks that were run to their end, by what they said. */
async function hooks(): Promise<string[]> {
  const { items } = await core.listNamespacedPod({ namespace });
  const names = items.filter(({ status }) => status?.phase === "Succeeded").map(({ metadata }) => metadata!.name!);
  const said = names.map(async (name) => (await core.readNamespacedPodLog({ namespace, name })).trim());
  return (await Promise.all(said)).filter((line) => line !== "").sort();
}

async function statuses(): Promise<string[]> {
  const revisions = JSON.parse(await must("history", "web", "-o", "json")) as { revision: number; status: string }[];
  return revisions.map(({ revision, status }) => `${revision} ${status}`);
}

test("a chart is installed: hooks first, in their order, and all is ready at the end", { skip }, async () => {
  await must("install", "web", CHART, "--create-namespace", ...WAIT);
  assert.deepEqual(await hooks(), ["post-install of first", "pre-install of first"]);
  const deployment = await apps.readNamespacedDeployment({ namespace, name: "web" });
  assert.equal(deployment.status?.availableReplicas, 2);
  const managers = deployment.metadata!.managedFields!.map(({ manager, operation }) => `${manager} ${operation}`);
  assert.ok(managers.includes("helm Apply"), `Helm 4 applies on the server: ${managers.join(", ")}`);
  const first = await core.listNamespacedConfigMap({ namespace, fieldSelector: "metadata.name=web-first" });
  assert.deepEqual(first.items, [], "a hook that has done its work is deleted");
  assert.deepEqual(await statuses(), ["1 deployed"]);
});

test("the chart's test asks the Service", { skip }, async () => {
  assert.match(await must("test", "web", "--logs", "--timeout", "180s"), /^Phase: +Succeeded$/m);
});

test("an upgrade changes what has changed, and runs its hooks", { skip }, async () => {
  await must("upgrade", "web", CHART, "--set", "message=second", ...WAIT);
  assert.equal(await message(), "second");
  assert.deepEqual(
    (await hooks()).filter((line) => line.includes("upgrade")),
    ["post-upgrade of second", "pre-upgrade of second"],
  );
  const { items } = await core.listNamespacedPod({ namespace, labelSelector: "app=web" });
  const current = items.filter(({ metadata }) => !metadata?.deletionTimestamp);
  assert.ok(current.every((pod) => isReady(pod) && pod.metadata?.annotations?.["message"] === "second"));
  assert.deepEqual(await statuses(), ["1 superseded", "2 deployed"]);
});

test("an upgrade that does not get ready fails in time, and is rolled back", { skip }, async () => {
  const bad = ["--set", "image=localhost:1/nobody/has-it:1", "--no-hooks", "--wait", "--timeout", "5s"];
  const { code, stderr } = await helm("upgrade", "web", CHART, ...bad);
  assert.equal(code, 1);
  assert.match(stderr, /Deployment\/shop\/web.*InProgress|context deadline exceeded/);
  assert.deepEqual(await statuses(), ["1 superseded", "2 deployed", "3 failed"]);
  await must("rollback", "web", "2", ...WAIT);
  assert.equal(await message(), "second");
  assert.ok((await hooks()).includes("post-rollback of second"));
  assert.deepEqual(await statuses(), ["1 superseded", "2 superseded", "3 failed", "4 deployed"]);
});

test("a field that another has taken over is a conflict, unless forced", { skip }, async () => {
  const name = "web";
  const map = await core.readNamespacedConfigMap({ namespace, name });
  await core.replaceNamespacedConfigMap({ namespace, name, body: { ...map, data: { ...map.data, message: "mine" } } });
  const { code, stderr } = await helm("upgrade", "web", CHART, "--set", "message=third", "--no-hooks");
  assert.equal(code, 1);
  assert.match(stderr, /conflict with ".*" using v1: \.data\.message/);
  await must("upgrade", "web", CHART, "--set", "message=third", "--no-hooks", "--force-conflicts");
  assert.equal(await message(), "third");
});

test("a release can be made by the client's own patches, too", { skip }, async () => {
  await must("install", "old", CHART, "--server-side=false", "--set", "replicas=1", ...WAIT);
  await must("upgrade", "old", CHART, "--server-side=false", "--set", "replicas=1,message=second", ...WAIT);
  const deployment = await apps.readNamespacedDeployment({ namespace, name: "old" });
  assert.equal(deployment.spec?.template.metadata?.annotations?.["message"], "second");
  assert.ok(deployment.metadata!.managedFields!.every(({ operation }) => operation === "Update"));
  await must("uninstall", "old", ...WAIT);
});

test("charts of kinds that there are not are refused, and each kind is told", { skip }, async (t) => {
  for (const object of WIDESPREAD) {
    const exists = await dingi.objects.list(object.apiVersion, object.kind, namespace).then(
      () => true,
      () => false,
    );
    const extra = JSON.stringify([{ ...object, metadata: { name: "extra", ...object.metadata } }]);
    const args = ["--dry-run=server", "--set-json", `extra=${extra}`];
    const { code, stderr } = await helm("install", "extra", CHART, ...args);
    assert.equal(code === 0, exists, `${object.kind}: ${stderr}`);
    if (exists) continue;
    // The second is for want of CustomResourceDefinitions, among which clients look for a kind of a group that there is.
    assert.match(stderr, /no matches for kind|failed to list CRDs: the server could not find the requested resource/);
    t.diagnostic(`A chart with a ${object.kind} cannot be installed yet`);
  }
});

test("nothing of a release is left but what its last hooks say", { skip }, async () => {
  await must("uninstall", "web", ...WAIT);
  const { items } = await apps.listNamespacedDeployment({ namespace });
  assert.deepEqual(items, []);
  await until("The end of its pods", async () => {
    const pods = await core.listNamespacedPod({ namespace, labelSelector: "app=web" });
    return pods.items.length === 0;
  });
  const said = await hooks();
  assert.ok(said.includes("pre-delete of third") && said.includes("post-delete of third"), said.join(", "));
  const secrets = await core.listNamespacedSecret({ namespace, labelSelector: "owner=helm" });
  assert.deepEqual(secrets.items, [], "its history is gone, too");
});
