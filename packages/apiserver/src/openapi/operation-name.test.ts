import assert from "node:assert/strict";
import { test } from "node:test";
import { operationId, tagOf } from "./operation-name.ts";

const PODS = "/api/v1/namespaces/{namespace}/pods";

const IDS: readonly (readonly [path: string, method: string, action: string, kind: string, id: string])[] = [
  [PODS, "get", "list", "Pod", "listCoreV1NamespacedPod"],
  ["/api/v1/pods", "get", "list", "PodForAllNamespaces", "listCoreV1PodForAllNamespaces"],
  [PODS, "delete", "deletecollection", "Pod", "deleteCoreV1CollectionNamespacedPod"],
  [`${PODS}/{name}/log`, "get", "get", "Pod", "readCoreV1NamespacedPodLog"],
  [`${PODS}/{name}/proxy/{path}`, "head", "connect", "Pod", "connectCoreV1HeadNamespacedPodProxyWithPath"],
  ["/api/v1/namespaces/{name}", "put", "put", "Namespace", "replaceCoreV1Namespace"],
];

for (const [path, method, action, kind, id] of IDS) {
  test(`${method} ${path} is ${id}`, () =>
    assert.equal(operationId({ apiVersion: "v1", path, method, action, kind }), id));
}

test("Operations are grouped by their group and version", () => {
  const tags = ["v1", "apps/v1", "rbac.authorization.k8s.io/v1", "flowcontrol.apiserver.k8s.io/v1", "example.org/v1"];
  assert.deepEqual(tags.map(tagOf), [
    "core_v1",
    "apps_v1",
    "rbacAuthorization_v1",
    "flowcontrolApiserver_v1",
    "exampleOrg_v1",
  ]);
});
