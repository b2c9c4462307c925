import assert from "node:assert/strict";
import { test } from "node:test";
import { StorageClass } from "@dingi/api";
import { TestCluster } from "@dingi/testing";
import { publishDefaultStorageClass } from "./default-storage-class.ts";

const IS_DEFAULT = "storageclass.kubernetes.io/is-default-class";
const classes = async ({ admin }: TestCluster) =>
  (await admin.list(StorageClass)).items.map(({ metadata, provisioner, volumeBindingMode, reclaimPolicy }) =>
    [metadata.name, metadata.annotations?.[IS_DEFAULT], provisioner, volumeBindingMode, reclaimPolicy].join(" "),
  );

test("A new cluster has a default class, whose volumes lie where their first pod goes", async () => {
  await using cluster = await TestCluster.start({ parts: [] });
  await publishDefaultStorageClass(cluster.admin);
  assert.deepEqual(await classes(cluster), ["standard true dingi.dev/local WaitForFirstConsumer Delete"]);
});

test("A control plane that starts again leaves the classes to the administrator", async () => {
  await using cluster = await TestCluster.start({ parts: [] });
  const { admin } = cluster;
  await publishDefaultStorageClass(admin);
  const key = { namespace: "", name: "standard" };
  await admin.patch(StorageClass, key, { metadata: { annotations: { [IS_DEFAULT]: "false" } } }, { type: "merge" });
  await publishDefaultStorageClass(admin);
  assert.deepEqual(await classes(cluster), ["standard false dingi.dev/local WaitForFirstConsumer Delete"]);
  await admin.delete(StorageClass, key);
  const metadata = { name: "mine", annotations: { [IS_DEFAULT]: "true" } };
  await admin.create(StorageClass, { metadata, provisioner: "example.org/mine" });
  await publishDefaultStorageClass(admin);
  assert.deepEqual(await classes(cluster), ["mine true example.org/mine Immediate Delete"]);
});
