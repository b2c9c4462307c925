import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterRole, Endpoints, EndpointSlice, Service } from "@dingi/api";
import { FakeClock, settle } from "@dingi/base";
import { openMemoryStore } from "@dingi/store";
import { startTestServer } from "../testing/test-server.ts";
import { EndpointsLease } from "./endpoints-lease.ts";

const KUBERNETES = { namespace: "default", name: "kubernetes" };

test("The Service kubernetes is owned by the API server, without what was allocated for it", async () => {
  await using api = await startTestServer();
  await settle();
  const { metadata } = await api.admin.get(Service, KUBERNETES);
  const [entry, ...others] = metadata.managedFields ?? [];
  assert.deepEqual([entry?.manager, entry?.operation, others.length], ["kube-apiserver", "Update", 0]);
  const spec = Object.keys((entry!.fieldsV1 as { "f:spec": object })["f:spec"]);
  assert.ok(spec.includes("f:clusterIP"), spec.join());
  assert.ok(!spec.includes("f:clusterIPs") && !spec.includes("f:ipFamilies"), spec.join());
});

test("Who applies a bootstrap role in his own words meets its owner", async () => {
  await using api = await startTestServer();
  const rules = [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }];
  const { status, text } = await api.send({
    method: "PATCH",
    url: "/apis/rbac.authorization.k8s.io/v1/clusterroles/edit?fieldManager=me",
    headers: { "content-type": "application/apply-patch+yaml" },
    body: {
      apiVersion: ClusterRole.apiVersion,
      kind: "ClusterRole",
      metadata: { name: "edit" },
      aggregationRule: { clusterRoleSelectors: [] },
      rules,
    },
  });
  assert.equal(status, 409, text);
  assert.match(text, /conflict with \\"kube-apiserver\\"/);
});

test("API servers that share a store are all endpoints of kubernetes, until they stop or fall silent", async () => {
  const clock = new FakeClock();
  await using store = openMemoryStore({ clock });
  const shared = { clock, store };
  await using first = await startTestServer({ shared, address: "192.0.2.1" });
  const addresses = async () => {
    await settle();
    const { subsets } = await first.admin.get(Endpoints, KUBERNETES);
    const slice = await first.admin.get(EndpointSlice, KUBERNETES);
    const listed = (subsets?.[0]?.addresses ?? []).map(({ ip }) => ip);
    assert.deepEqual(
      slice.endpoints.flatMap((endpoint) => endpoint.addresses),
      listed,
    );
    return listed;
  };
  assert.deepEqual(await addresses(), ["192.0.2.1"]);
  const service = await first.admin.get(Service, KUBERNETES);
  {
    await using _second = await startTestServer({ shared, address: "192.0.2.2" });
    assert.deepEqual(await addresses(), ["192.0.2.1", "192.0.2.2"]);
    await clock.advance(30_000);
    assert.deepEqual(await addresses(), ["192.0.2.1", "192.0.2.2"]);
  }
  assert.deepEqual(await addresses(), ["192.0.2.1"]);
  assert.deepEqual(await first.admin.get(Service, KUBERNETES), service);

  // One that was killed: nobody renews its lease.
  await new EndpointsLease(store, "192.0.2.9").renew();
  await clock.advance(10_000);
  assert.deepEqual(await addresses(), ["192.0.2.1", "192.0.2.9"]);
  await clock.advance(25_000);
  assert.deepEqual(await addresses(), ["192.0.2.1"]);
});
