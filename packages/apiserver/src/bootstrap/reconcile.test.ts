import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterRole, ClusterRoleBinding, RoleBinding } from "@dingi/api";
import { startTestServer } from "../testing/test-server.ts";

const AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate";
const merge = { type: "merge" } as const;
const VIEWER = { namespace: "", name: "system:kube-scheduler" };
const SCALER = { kind: "ServiceAccount", name: "scaler", namespace: "kube-system" };

test("An API server that starts again writes to no role or binding that has lost nothing", async () => {
  await using first = await startTestServer();
  const before = await Promise.all([first.admin.list(ClusterRole), first.admin.list(ClusterRoleBinding)]);
  assert.ok(before[0].items.length > 50);
  await using second = await startTestServer({ shared: first });
  const after = await Promise.all([second.admin.list(ClusterRole), second.admin.list(ClusterRoleBinding)]);
  assert.deepEqual(
    after.map(({ items }) => items),
    before.map(({ items }) => items),
  );
});

test("What a bootstrap role has lost comes back at the next start, and what was added stays", async () => {
  await using first = await startTestServer();
  const whole = await first.admin.get(ClusterRole, VIEWER);
  const [lost, ...kept] = whole.rules;
  const added = { verbs: ["get"], apiGroups: ["example.org"], resources: ["things"] };
  const metadata = { labels: { "kubernetes.io/bootstrapping": null, mine: "yes" } };
  await first.admin.patch(ClusterRole, VIEWER, { metadata, rules: [...kept, added] }, merge);
  await using second = await startTestServer({ shared: first });
  const role = await second.admin.get(ClusterRole, VIEWER);
  const back = role.rules.slice(kept.length);
  assert.deepEqual(back[0], added);
  // In single rights, as upstream gives them back.
  const [group, resource] = [lost!.apiGroups![0]!, lost!.resources![0]!];
  assert.deepEqual(back[1], { verbs: [lost!.verbs[0]], apiGroups: [group], resources: [resource] });
  assert.equal(back.length, 1 + lost!.verbs.length * lost!.apiGroups!.length * lost!.resources!.length);
  assert.deepEqual({ ...role.metadata.labels }, { "kubernetes.io/bootstrapping": "rbac-defaults", mine: "yes" });
});

test("A rule that says more in other words than the one that was lost is not repaired", async () => {
  await using first = await startTestServer();
  const rules = [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }];
  const { metadata } = await first.admin.patch(ClusterRole, VIEWER, { rules }, merge);
  await using second = await startTestServer({ shared: first });
  const after = await second.admin.get(ClusterRole, VIEWER);
  assert.equal(after.metadata.resourceVersion, metadata.resourceVersion);
});

test("Which roles an aggregated role gathers comes back, and a role that gathers by mistake stops", async () => {
  await using first = await startTestServer();
  const selectors = [{ matchLabels: { mine: "yes" } }];
  const aggregationRule = { clusterRoleSelectors: selectors };
  await first.admin.patch(ClusterRole, { namespace: "", name: "edit" }, { aggregationRule }, merge);
  await first.admin.patch(ClusterRole, VIEWER, { aggregationRule }, merge);
  await using second = await startTestServer({ shared: first });
  const edit = await second.admin.get(ClusterRole, { namespace: "", name: "edit" });
  const labels = edit.aggregationRule!.clusterRoleSelectors!.flatMap(({ matchLabels }) =>
    Object.keys(matchLabels ?? {}),
  );
  assert.deepEqual(labels, ["mine", "rbac.authorization.k8s.io/aggregate-to-edit"]);
  assert.equal((await second.admin.get(ClusterRole, VIEWER)).aggregationRule, undefined);
});

test("A subject that a bootstrap binding has lost comes back beside those that were added", async () => {
  await using first = await startTestServer();
  const key = { namespace: "kube-system", name: "system::leader-locking-kube-scheduler" };
  const { subjects } = await first.admin.get(RoleBinding, key);
  assert.ok(subjects!.length > 0);
  await first.admin.patch(RoleBinding, key, { subjects: [SCALER] }, merge);
  await first.admin.patch(ClusterRoleBinding, VIEWER, { subjects: null }, merge);
  await using second = await startTestServer({ shared: first });
  assert.deepEqual(
    (await second.admin.get(RoleBinding, key)).subjects?.map(({ name }) => name),
    [SCALER.name, ...subjects!.map(({ name }) => name)],
  );
  assert.equal((await second.admin.get(ClusterRoleBinding, VIEWER)).subjects?.[0]?.name, "system:kube-scheduler");
});

test("A bootstrap binding that leads elsewhere is made anew", async () => {
  await using first = await startTestServer();
  const { roleRef, metadata } = await first.admin.get(ClusterRoleBinding, VIEWER);
  await first.admin.delete(ClusterRoleBinding, VIEWER);
  await first.admin.create(ClusterRoleBinding, { metadata: VIEWER, roleRef: { ...roleRef, name: "view" } });
  await using second = await startTestServer({ shared: first });
  const after = await second.admin.get(ClusterRoleBinding, VIEWER);
  assert.deepEqual({ ...after.roleRef }, { ...roleRef });
  assert.deepEqual({ ...after.metadata.labels }, { ...metadata.labels });
});

test("Who does not want a bootstrap object repaired says so in its annotation", async () => {
  await using first = await startTestServer();
  const change = { metadata: { annotations: { [AUTOUPDATE]: "false" } }, rules: [] };
  await first.admin.patch(ClusterRole, VIEWER, change, merge);
  const other = { metadata: { annotations: { [AUTOUPDATE]: null } }, rules: [] };
  await first.admin.patch(ClusterRole, { namespace: "", name: "system:basic-user" }, other, merge);
  await using second = await startTestServer({ shared: first });
  assert.equal((await second.admin.get(ClusterRole, VIEWER)).rules?.length ?? 0, 0, "left as it is");
  const { rules, metadata } = await second.admin.get(ClusterRole, { namespace: "", name: "system:basic-user" });
  assert.ok(rules.length > 0, "no annotation is no objection");
  assert.equal(metadata.annotations?.[AUTOUPDATE], "true");
});
