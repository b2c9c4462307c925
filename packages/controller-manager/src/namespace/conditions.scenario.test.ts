import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, Namespace, Pod } from "@dingi/api";
import { isNotFound } from "@dingi/apimachinery";
import { TestCluster, type FaultPlan } from "@dingi/testing";
import { namespaceController } from "./namespace-controller.ts";

const namespace = "shop";
const KEY = { namespace: "", name: namespace };
const HELD = { namespace, name: "held" };
const finalizers = ["example.org/hold"];

async function start(suffer?: FaultPlan): Promise<TestCluster> {
  const faults = suffer ? { faults: { controllers: suffer } } : {};
  const cluster = await TestCluster.start({
    controllers: [() => namespaceController],
    parts: ["controllers"],
    ...faults,
  });
  await cluster.admin.create(Namespace, { metadata: { name: namespace } });
  return cluster;
}
const isGone = ({ admin }: TestCluster) => admin.get(Namespace, KEY).then(() => false, isNotFound);
/** By type: status, reason and message, and since when. */
async function said({ admin }: TestCluster) {
  const { status } = await admin.get(Namespace, KEY);
  return Object.fromEntries(
    (status.conditions ?? []).map(({ type, status: is, reason, message, lastTransitionTime }) => [
      type.replace(/^Namespace/, ""),
      { says: `${is} ${reason}: ${message}`, since: lastTransitionTime },
    ]),
  );
}

test("a namespace tells what is left in it, and why, and goes with the last of it", async () => {
  await using cluster = await start();
  const { admin } = cluster;
  await admin.create(ConfigMap, { metadata: { ...HELD, finalizers } });
  await admin.delete(Namespace, KEY);
  const first = await cluster.eventually(async () => {
    const found = await said(cluster);
    return found["ContentRemaining"]?.says.startsWith("True") ? found : undefined;
  });
  assert.equal(
    first["ContentRemaining"]?.says,
    "True SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances",
  );
  assert.equal(
    first["FinalizersRemaining"]?.says,
    "True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.org/hold in 1 resource instances",
  );
  assert.match(first["DeletionContentFailure"]!.says, /^False ContentDeleted/);
  await cluster.pass(30_000);
  assert.equal((await said(cluster))["ContentRemaining"]?.since, first["ContentRemaining"]?.since);
  await admin.patch(ConfigMap, HELD, { metadata: { finalizers: null } }, { type: "merge" });
  await cluster.eventually(() => isGone(cluster));
});

test("what is in a namespace stays while pods end", async () => {
  await using cluster = await start();
  const { admin } = cluster;
  await admin.create(ConfigMap, { metadata: { namespace, name: "needed" } });
  const spec = { containers: [{ name: "c", image: "i" }], nodeName: "n", terminationGracePeriodSeconds: 20 };
  await admin.create(Pod, { metadata: { namespace, name: "p" }, spec, automountServiceAccountToken: false } as never);
  await admin.delete(Namespace, KEY);
  await cluster.pass(5000);
  await admin.get(ConfigMap, { namespace, name: "needed" });
  assert.match((await said(cluster))["ContentRemaining"]!.says, /pods\. has 1 resource instances$/);
  await admin.delete(Pod, { namespace, name: "p" }, { gracePeriodSeconds: 0 });
  await cluster.eventually(() => isGone(cluster), 10_000);
});

test("a kind that cannot be emptied is told of, and keeps the namespace until it can", async () => {
  let away = true;
  await using cluster = await start(({ method, path }) =>
    away && method === "DELETE" && path.endsWith("/configmaps") ? { type: "lose" } : undefined,
  );
  await cluster.admin.delete(Namespace, KEY);
  await cluster.eventually(async () => (await said(cluster))["DeletionContentFailure"]?.says.startsWith("True"));
  assert.equal(
    (await said(cluster))["DeletionContentFailure"]?.says,
    "True ContentDeletionFailed: Failed to delete all resource types, 1 remaining: The network lost a message",
  );
  assert.equal(await isGone(cluster), false);
  away = false;
  await cluster.eventually(() => isGone(cluster));
});

test("a namespace that another finalizer holds is emptied once, and left", async () => {
  await using cluster = await start();
  const { admin } = cluster;
  const current = await admin.get(Namespace, KEY);
  await admin.update(
    Namespace,
    { ...current, spec: { finalizers: ["kubernetes", "example.org/hold"] } },
    { subresource: "finalize" },
  );
  await admin.delete(Namespace, KEY);
  await cluster.eventually(
    async () => (await admin.get(Namespace, KEY)).spec.finalizers?.join() === "example.org/hold",
  );
  const { resourceVersion } = (await admin.get(Namespace, KEY)).metadata;
  await cluster.pass(30_000);
  assert.equal((await admin.get(Namespace, KEY)).metadata.resourceVersion, resourceVersion);
});
