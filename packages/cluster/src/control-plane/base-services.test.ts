import assert from "node:assert/strict";
import { test } from "node:test";
import { Service } from "@dingi/api";
import { TestCluster } from "@dingi/testing";
import { publishBaseServices } from "./base-services.ts";

const DNS = { namespace: "kube-system", name: "kube-dns" };

test("A control plane that starts again finds the Service of cluster DNS and leaves it as it is", async () => {
  await using cluster = await TestCluster.start({ parts: [] });
  const config = { runtime: "containerd", serviceCidr: "10.96.0.0/16" } as const;
  await publishBaseServices(config, cluster.admin);
  const service = await cluster.admin.get(Service, DNS);
  assert.equal(service.spec.clusterIP, "10.96.0.10");
  await publishBaseServices(config, cluster.admin);
  assert.deepEqual(await cluster.admin.get(Service, DNS), service);
});
