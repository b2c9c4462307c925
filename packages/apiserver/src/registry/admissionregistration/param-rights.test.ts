import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startTestServer, type TestServer } from "../../testing/test-server.ts";

const ROOT = "/apis/admissionregistration.k8s.io/v1";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const MERGE = { "content-type": "application/merge-patch+json" };
const WRITER = { name: "writer", groups: ["system:authenticated"] };
const match = {
  resourceRules: [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }],
};
const SPECS = {
  validatingadmissionpolicies: { matchConstraints: match, validations: [{ expression: "true" }] },
  mutatingadmissionpolicies: {
    matchConstraints: match,
    mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } }],
    reinvocationPolicy: "Never",
  },
};
const BINDINGS = {
  validatingadmissionpolicybindings: { validationActions: ["Deny"] },
  mutatingadmissionpolicybindings: {},
};

describe("Who names the parameters of a policy", () => {
  let api: TestServer;
  before(async () => {
    api = await startTestServer();
    const rules = [
      { apiGroups: ["admissionregistration.k8s.io"], resources: ["*"], verbs: ["create", "patch"] },
      { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] },
    ];
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "writer" };
    const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: WRITER.name }];
    for (const [plural, body] of [
      ["clusterroles", { rules }],
      ["clusterrolebindings", { roleRef, subjects }],
    ] as const) {
      const url = `${RBAC}/${plural}`;
      const { status } = await api.send({ method: "POST", url, body: { metadata: { name: "writer" }, ...body } });
      assert.equal(status, 201);
    }
  });
  after(() => api[Symbol.asyncDispose]());

  const create = (plural: string, name: string, spec: object) =>
    api.send({ method: "POST", url: `${ROOT}/${plural}`, body: { metadata: { name }, spec }, user: WRITER });
  const patch = (plural: string, name: string, spec: object) =>
    api.send({ method: "PATCH", url: `${ROOT}/${plural}/${name}`, headers: MERGE, body: { spec }, user: WRITER });

  for (const [plural, spec] of Object.entries(SPECS)) {
    test(`may read them: ${plural}`, async () => {
      const secrets = { apiVersion: "v1", kind: "Secret" };
      const refused = await create(plural, "secrets", { ...spec, paramKind: secrets });
      assert.equal(refused.status, 422);
      assert.match(
        refused.text,
        /spec.paramKind: Forbidden: user \\u0026\{writer {2}\[.*\] map\[.*\]\} must have \\"get\\" permission on all objects of the referenced paramKind \(kind=Secret, apiVersion=v1\)/,
      );
      assert.equal((await create(plural, "none", spec)).status, 201, "no parameters");
      assert.equal(
        (await create(plural, "maps", { ...spec, paramKind: { apiVersion: "v1", kind: "ConfigMap" } })).status,
        201,
      );
      assert.equal((await patch(plural, "maps", { failurePolicy: "Ignore" })).status, 200, "the same parameters");
      assert.equal((await patch(plural, "maps", { paramKind: secrets })).status, 422, "others");
      assert.equal(
        (await create(plural, "odd", { ...spec, paramKind: { apiVersion: "x/v1", kind: "Y" } })).status,
        422,
      );
    });
  }

  for (const [plural, spec] of Object.entries(BINDINGS)) {
    test(`may read them: ${plural}`, async () => {
      const paramRef = { name: "n", namespace: "default", parameterNotFoundAction: "Deny" };
      const own = { ...spec, policyName: "maps", paramRef };
      assert.equal((await create(plural, "one", own)).status, 201);
      const all = { selector: {}, parameterNotFoundAction: "Deny" };
      const refused = await create(plural, "all", { ...own, paramRef: all });
      assert.equal(refused.status, 422);
      assert.match(refused.text, /spec.paramRef: Forbidden: user .* does not have \\"list\\" permission on the object/);
      const unknown = await create(plural, "unknown", { ...own, policyName: "no-such" });
      assert.match(unknown.text, /unable to get policy no-such to determine minimum required permissions/);
      assert.equal((await create(plural, "none", { ...spec, policyName: "no-such" })).status, 201, "no parameters");
      assert.equal((await patch(plural, "one", { matchResources: match })).status, 200, "the same parameters");
      assert.equal((await patch(plural, "one", { policyName: "no-such" })).status, 422, "of another policy");
    });
  }
});
