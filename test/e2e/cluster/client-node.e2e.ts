import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  type V1ConfigMap,
} from "@kubernetes/client-node";
import { Dingi } from "./dingi.ts";
import { until } from "./until.ts";

// The API alone is asked, so nodes are simulated and nobody need be root.
const NAMESPACE = "default";
let dingi: Dingi;
let core: CoreV1Api;
let config: KubeConfig;
let objects: KubernetesObjectApi;

before(async () => {
  dingi = await Dingi.create("e2e-client");
  await dingi.up("--runtime", "simulated", "--store", "memory", "--nodes", "0");
  config = new KubeConfig();
  config.loadFromFile(dingi.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
  objects = KubernetesObjectApi.makeApiClient(config);
});
after(() => dingi[Symbol.asyncDispose]());

const data = (name: string, values: Record<string, string>): V1ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: NAMESPACE, labels: { test: "informer" } },
  data: values,
});

test("an informer lists and follows", async () => {
  await core.createNamespacedConfigMap({ namespace: NAMESPACE, body: data("first", { a: "1" }) });
  const list = () => core.listNamespacedConfigMap({ namespace: NAMESPACE, labelSelector: "test=informer" });
  const informer = makeInformer(config, `/api/v1/namespaces/${NAMESPACE}/configmaps`, list, "test=informer");
  const told: string[] = [];
  for (const verb of ["add", "update", "delete"] as const)
    informer.on(verb, (object) => told.push(`${verb} ${object.metadata?.name}`));
  let wanted = true;
  informer.on("error", () => void (wanted && informer.start()));
  await informer.start();
  await until("The list", () => Promise.resolve(informer.get("first", NAMESPACE) !== undefined));
  await core.createNamespacedConfigMap({ namespace: NAMESPACE, body: data("second", { a: "1" }) });
  await core.replaceNamespacedConfigMap({ namespace: NAMESPACE, name: "first", body: data("first", { a: "2" }) });
  await core.deleteNamespacedConfigMap({ namespace: NAMESPACE, name: "second" });
  await until("The changes", () => Promise.resolve(told.includes("delete second")));
  assert.deepEqual(told, ["add first", "add second", "update first", "delete second"]);
  assert.equal(informer.get("first", NAMESPACE)?.data?.["a"], "2");
  wanted = false;
  await informer.stop();
});

test("all kinds of patches do what they do upstream", async () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "patched", namespace: NAMESPACE, labels: { a: "1", b: "1" } },
    spec: { serviceAccountName: "default", containers: [{ name: "one", image: "x" }] },
  };
  await until("The service account", () =>
    core.readNamespacedServiceAccount({ namespace: NAMESPACE, name: "default" }).then(
      () => true,
      () => false,
    ),
  );
  await objects.create(pod as never);
  const patch = async (body: object, strategy: PatchStrategy, manager?: string) =>
    (await objects.patch(
      {
        ...body,
        apiVersion: "v1",
        kind: "Pod",
        metadata: { ...pod.metadata, labels: undefined, ...(body as { metadata?: object }).metadata },
      } as never,
      undefined,
      undefined,
      manager,
      undefined,
      strategy,
    )) as unknown as {
      metadata: { labels: Record<string, string> };
      spec: { containers: { name: string; image: string }[] };
    };
  const merged = await patch({ metadata: { labels: { b: null, c: "1" } } }, PatchStrategy.MergePatch);
  assert.deepEqual(merged.metadata.labels, { a: "1", c: "1" });
  const strategic = await patch(
    { spec: { containers: [{ name: "one", image: "y" }] } },
    PatchStrategy.StrategicMergePatch,
  );
  assert.deepEqual(
    strategic.spec.containers.map(({ name, image }) => [name, image]),
    [["one", "y"]],
  );
  const applied = await patch({ metadata: { labels: { d: "1" } } }, PatchStrategy.ServerSideApply, "me");
  assert.deepEqual(applied.metadata.labels, { a: "1", c: "1", d: "1" });
  const withdrawn = await patch({ metadata: { labels: { e: "1" } } }, PatchStrategy.ServerSideApply, "me");
  assert.deepEqual(withdrawn.metadata.labels, { a: "1", c: "1", e: "1" }, "what its applier no more applies is gone");
  const json = await core.patchNamespacedPod({
    namespace: NAMESPACE,
    name: "patched",
    body: [{ op: "replace", path: "/metadata/labels/a", value: "2" }],
  });
  assert.equal(json.metadata?.labels?.["a"], "2");
});
