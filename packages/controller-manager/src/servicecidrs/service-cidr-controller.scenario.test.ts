import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Service, ServiceCIDR, type V1Service, type V1ServiceCIDR } from "@dingi/api";
import { isNotFound } from "@dingi/apimachinery";
import { TestCluster } from "@dingi/testing";
import { serviceCidrController } from "./service-cidr-controller.ts";

const controllers = [() => serviceCidrController];

const at = (name: string) => ({ namespace: "", name });

async function cidrOf({ admin }: TestCluster, name: string): Promise<V1ServiceCIDR | undefined> {
  return await admin.get(ServiceCIDR, at(name)).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
}

const readyOf = (cidr: V1ServiceCIDR | undefined) => {
  const ready = cidr?.status.conditions?.find(({ type }) => type === "Ready");
  return ready && `${ready.status} ${ready.reason}`.trim();
};

async function addRange(cluster: TestCluster, name: string, cidr: string): Promise<void> {
  await cluster.admin.create(ServiceCIDR, { metadata: { name }, spec: { cidrs: [cidr] } });
  await cluster.eventually(async () => readyOf(await cidrOf(cluster, name)) === "True");
}

async function addService({ admin }: TestCluster, name: string, clusterIP: string): Promise<void> {
  const spec = { ports: [{ port: 80 }], clusterIP } as V1Service["spec"];
  await admin.create(Service, { metadata: { namespace: "default", name }, spec });
}

suite("ServiceCIDR", () => {
  test("a new range is protected and ready, and Services can have its addresses", async () => {
    await using cluster = await TestCluster.start({ controllers });
    await addRange(cluster, "more", "10.200.0.0/28");
    const more = await cidrOf(cluster, "more");
    assert.deepEqual(more?.metadata.finalizers, ["networking.k8s.io/service-cidr-finalizer"]);
    await addService(cluster, "a", "10.200.0.3");
  });

  test("a range whose address a Service has stays until it is free, and gives no addresses meanwhile", async () => {
    await using cluster = await TestCluster.start({ controllers });
    await addRange(cluster, "more", "10.200.0.0/28");
    await addService(cluster, "a", "10.200.0.3");
    await cluster.admin.delete(ServiceCIDR, at("more"));
    await cluster.eventually(async () => readyOf(await cidrOf(cluster, "more")) === "False Terminating");
    await assert.rejects(addService(cluster, "b", "10.200.0.4"), /the provided network does not match/);
    await cluster.pass(30_000);
    assert.ok(await cidrOf(cluster, "more"));
    await cluster.admin.delete(Service, { namespace: "default", name: "a" });
    await cluster.eventually(async () => !(await cidrOf(cluster, "more")), 15_000);
  });

  test("a range within another can go at any time, after the others have heard of it", async () => {
    await using cluster = await TestCluster.start({ controllers });
    await addRange(cluster, "part", "10.96.7.0/24");
    await addService(cluster, "a", "10.96.7.7");
    await cluster.admin.delete(ServiceCIDR, at("part"));
    await cluster.pass(9_000);
    assert.ok(await cidrOf(cluster, "part"));
    await cluster.eventually(async () => !(await cidrOf(cluster, "part")), 2_000);
  });

  test("a range that waits is let go by a new one that has it", async () => {
    await using cluster = await TestCluster.start({ controllers });
    await addRange(cluster, "more", "10.200.0.0/28");
    await addService(cluster, "a", "10.200.0.3");
    await cluster.admin.delete(ServiceCIDR, at("more"));
    await cluster.eventually(async () => readyOf(await cidrOf(cluster, "more")) === "False Terminating");
    await addRange(cluster, "wider", "10.200.0.0/24");
    await cluster.eventually(async () => !(await cidrOf(cluster, "more")), 15_000);
  });
});
