import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment, Pod, type V1Deployment } from "@dingi/api";
import type { NewObject } from "@dingi/client";
import { TestCluster } from "./cluster.ts";

const WEB: NewObject<V1Deployment> = {
  metadata: { namespace: "default", name: "web" },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "main", image: "registry.example/web:1" }] },
    },
  },
};

test(
  "what has a write to finish when the cluster ends may make those that follow from it",
  { timeout: 30_000 },
  async () => {
    let delayed = false;
    await using cluster = await TestCluster.start({
      faults: {
        controllers: ({ method, path }) => {
          if (delayed || method !== "POST" || !path.endsWith("/pods")) return undefined;
          delayed = true;
          return { type: "delay", ms: 3000 };
        },
      },
    });
    await cluster.admin.create(Deployment, WEB);
    await cluster.eventually(() => delayed);
  },
);

test("a Deployment's pods run on simulated nodes, in seconds that nobody waits for", async () => {
  await using cluster = await TestCluster.start({ nodes: 2 });
  await cluster.admin.create(Deployment, WEB);
  await cluster.eventually(async () => {
    const { status } = await cluster.admin.get(Deployment, { namespace: "default", name: "web" });
    return status.availableReplicas === 3;
  });
  const { items } = await cluster.admin.list(Pod, { namespace: "default" });
  assert.deepEqual(new Set(items.map(({ spec }) => spec.nodeName)), new Set(["node-1", "node-2"]));
  assert.ok(items.every(({ status }) => status.phase === "Running"));
});
