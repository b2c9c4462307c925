import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterRole, Endpoints, Service } from "@dingi/api";
import { settle } from "@dingi/base";
import { startTestServer } from "../testing/test-server.ts";
import { publishApiServer } from "./kubernetes-service.ts";

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

test("An API server that starts again finds its Service, and tells the cluster where it is now", async () => {
  await using api = await startTestServer();
  await settle();
  const service = await api.admin.get(Service, KUBERNETES);
  await publishApiServer({
    client: api.admin,
    clusterIp: service.spec.clusterIP!,
    advertise: { address: "192.0.2.7", port: 6444 },
  });
  const { subsets } = await api.admin.get(Endpoints, KUBERNETES);
  assert.deepEqual(
    subsets?.map(({ addresses, ports }) => [addresses?.[0]?.ip, ports?.[0]?.port]),
    [["192.0.2.7", 6444]],
  );
  assert.deepEqual(await api.admin.get(Service, KUBERNETES), service);
});
