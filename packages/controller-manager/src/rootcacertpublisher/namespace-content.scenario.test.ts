import assert from "node:assert/strict";
import { ConfigMap, Namespace, ServiceAccount } from "@dingi/api";
import { isNotFound } from "@dingi/apimachinery";
import { test } from "node:test";
import { TestCluster, testUnderFaults } from "@dingi/testing";
import { serviceAccountController } from "../serviceaccount/serviceaccount-controller.ts";
import { rootCaCertPublisher } from "./root-ca-cert-publisher.ts";

const controllers = [() => rootCaCertPublisher("the CA"), () => serviceAccountController];
const CA = { namespace: "shop", name: "kube-root-ca.crt" };
const ACCOUNT = { namespace: "shop", name: "default" };
const DESCRIPTION = "kubernetes.io/description";

const contentOf = async ({ admin }: TestCluster) => (await admin.get(ConfigMap, CA)).data?.["ca.crt"];

testUnderFaults("A namespace gets the CA and an account, and keeps both", {
  component: "controllers",
  share: 3,
  cluster: { controllers, parts: ["controllers"] },
  async run(cluster) {
    const { admin } = cluster;
    await admin.create(Namespace, { metadata: { name: "shop" } });
    await cluster.eventually(() => admin.get(ServiceAccount, ACCOUNT));
    await cluster.eventually(() => contentOf(cluster));
    await admin.delete(ServiceAccount, ACCOUNT);
    await admin.delete(ConfigMap, CA);
    await cluster.eventually(() => admin.get(ServiceAccount, ACCOUNT));
    await cluster.eventually(() => contentOf(cluster));
    const changed = { data: { "ca.crt": "another", mine: "x" }, metadata: { annotations: { mine: "y" } } };
    await admin.patch(ConfigMap, CA, changed, { type: "merge" });
    await cluster.eventually(async () => (await contentOf(cluster)) === "the CA");
    const { data, metadata } = await admin.get(ConfigMap, CA);
    return { data, annotations: Object.keys(metadata.annotations ?? {}).sort() };
  },
  wanted: { data: { "ca.crt": "the CA" }, annotations: [DESCRIPTION, "mine"] },
});

test("what is added to the CA's map stays, and a namespace that is going gets nothing back", async () => {
  await using cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  const { admin } = cluster;
  await admin.create(Namespace, { metadata: { name: "shop" } });
  await cluster.eventually(() => contentOf(cluster));
  await cluster.eventually(() => admin.get(ServiceAccount, ACCOUNT));
  await admin.patch(ConfigMap, CA, { data: { mine: "x" } }, { type: "merge" });
  await cluster.pass(2000);
  assert.equal((await admin.get(ConfigMap, CA)).data?.["mine"], "x");
  // Nobody empties it here.
  await admin.delete(Namespace, { namespace: "", name: "shop" });
  await admin.delete(ConfigMap, CA);
  await admin.delete(ServiceAccount, ACCOUNT);
  const tried = cluster.writes("controllers");
  await cluster.pass(2000);
  await assert.rejects(admin.get(ConfigMap, CA), isNotFound);
  await assert.rejects(admin.get(ServiceAccount, ACCOUNT), isNotFound);
  assert.equal(cluster.writes("controllers"), tried);
});
