import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ConfigMap,
  CustomResourceDefinition,
  StorageVersionMigration,
  type V1CustomResourceDefinition,
  type V1StorageVersionMigration,
} from "@dingi/api";
import { customKind } from "@dingi/apimachinery";
import type { NewObject } from "@dingi/client";
import { TestCluster, testUnderFaults } from "@dingi/testing";
import { storageVersionMigrator } from "./storage-version-migrator.ts";

const controllers = [() => storageVersionMigrator];

const migrationOf = (name: string, group: string, resource: string): NewObject<V1StorageVersionMigration> => ({
  metadata: { name },
  spec: { resource: { group, resource } },
});

/** Its conditions once it is over, and said so. */
async function outcome(cluster: TestCluster, name: string): Promise<Record<string, string>> {
  return await cluster.eventually(async () => {
    const { status } = await cluster.admin.get(StorageVersionMigration, { namespace: "", name });
    const conditions = status.conditions ?? [];
    const isFinished =
      conditions.length > 1 && conditions.some((one) => one.type === "Running" && one.status === "False");
    return isFinished ? Object.fromEntries(conditions.map(({ type, status: value }) => [type, value])) : undefined;
  }, 300_000);
}

testUnderFaults("All objects of a resource are written anew, by one migration after another", {
  component: "controllers",
  share: 15,
  cluster: { controllers },
  async run(cluster) {
    const { admin } = cluster;
    for (const name of ["a", "b"]) await admin.create(ConfigMap, { metadata: { namespace: "default", name } });
    for (const name of ["first", "second"])
      await admin.create(StorageVersionMigration, migrationOf(name, "", "configmaps"));
    return [await outcome(cluster, "first"), await outcome(cluster, "second")];
  },
  wanted: [
    { Running: "False", Succeeded: "True" },
    { Running: "False", Succeeded: "True" },
  ],
});

test("what is not served fails after a minute", async () => {
  await using cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  await cluster.admin.create(StorageVersionMigration, migrationOf("none", "example.org", "boats"));
  assert.deepEqual(await outcome(cluster, "none"), { Running: "False", Failed: "True" });
});

const Boat = customKind({ apiVersion: "example.org/v1", kind: "Boat", plural: "boats", scope: "Namespaced" });

function definition(stored: string): NewObject<V1CustomResourceDefinition> {
  const openAPIV3Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const versions = ["v1", "v2"].map((name) => ({
    name,
    served: true,
    storage: name === stored,
    schema: { openAPIV3Schema },
  }));
  const names = { kind: "Boat", plural: "boats" };
  return {
    metadata: { name: "boats.example.org" },
    spec: { group: "example.org", names, scope: "Namespaced", versions },
  };
}

test("objects of custom kinds are stored in the version that is stored now, and their definition says so", async () => {
  await using cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  const { admin } = cluster;
  const key = { namespace: "", name: "boats.example.org" };
  const boat = { namespace: "default", name: "argo" };
  await admin.create(CustomResourceDefinition, definition("v1"));
  const before = await cluster.eventually(() => admin.create(Boat, { metadata: boat }));
  await admin.patch(CustomResourceDefinition, key, { spec: definition("v2").spec }, { type: "merge" });
  const both = await admin.get(CustomResourceDefinition, key);
  assert.deepEqual(both.status?.storedVersions, ["v1", "v2"]);
  await admin.create(StorageVersionMigration, migrationOf("boats", "example.org", "boats"));
  assert.deepEqual(await outcome(cluster, "boats"), { Running: "False", Succeeded: "True" });
  const { status } = await admin.get(CustomResourceDefinition, key);
  assert.deepEqual(status?.storedVersions, ["v2"]);
  assert.deepEqual(
    status.conditions
      ?.filter(({ type }) => type === "StorageMigrating")
      .map(({ reason, message }) => [reason, message]),
    [["MigrationSucceeded", "The migration has succeeded and the stored versions have been updated"]],
  );
  const after = await admin.get(Boat, boat);
  assert.notEqual(after.metadata.resourceVersion, before.metadata.resourceVersion);
});
