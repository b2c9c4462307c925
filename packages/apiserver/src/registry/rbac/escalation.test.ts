import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { V1PolicyRule } from "@dingi/api";
import { missingRights } from "../../authorization/rbac/covers.ts";
import { describeRights } from "../../authorization/rbac/describe-rights.ts";
import { startTestServer, type TestServer } from "../../testing/test-server.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const API_VERSION = "rbac.authorization.k8s.io/v1";
const IN_DEFAULT = `${RBAC}/namespaces/default`;
const ALL: V1PolicyRule = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };
const READ_PODS: V1PolicyRule = { verbs: ["get"], apiGroups: [""], resources: ["pods"] };
const WRITE_RBAC: V1PolicyRule = {
  verbs: ["create", "update", "patch", "get"],
  apiGroups: ["rbac.authorization.k8s.io"],
  resources: ["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
};
const MALLORY = { name: "mallory", groups: [] };
const SUBJECTS = [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "mallory" }];
const MERGE = { "content-type": "application/merge-patch+json" };
const STRATEGIC = { "content-type": "application/strategic-merge-patch+json" };
const APPLY = { "content-type": "application/apply-patch+yaml" };

const refTo = (kind: string, name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name });

describe("Who writes roles and bindings", () => {
  let api: TestServer;
  before(async () => {
    api = await startTestServer();
    await make(`${RBAC}/clusterroles`, { metadata: { name: "writer" }, rules: [WRITE_RBAC, READ_PODS] });
    const roleRef = refTo("ClusterRole", "writer");
    await make(`${RBAC}/clusterrolebindings`, { metadata: { name: "writer" }, roleRef, subjects: SUBJECTS });
    for (const [plural, root] of ROLES)
      await make(`${root}/${plural}`, { metadata: { name: "mine" }, rules: [READ_PODS] });
  });
  after(() => api[Symbol.asyncDispose]());

  async function make(url: string, body: object): Promise<void> {
    const answer = await api.send({ method: "POST", url, body });
    assert.equal(answer.status, 201, answer.text);
  }

  async function refused(request: Parameters<TestServer["send"]>[0], message: RegExp): Promise<void> {
    const answer = await api.send({ user: MALLORY, ...request });
    assert.equal(answer.status, 403, answer.text);
    assert.match((JSON.parse(answer.text) as { message: string }).message, message);
  }

  async function allowed(request: Parameters<TestServer["send"]>[0]): Promise<void> {
    const answer = await api.send({ user: MALLORY, ...request });
    assert.ok(answer.status < 300, answer.text);
  }

  const ROLES = [
    ["roles", IN_DEFAULT, "Role"],
    ["clusterroles", RBAC, "ClusterRole"],
  ] as const;
  const NOT_HELD =
    /"mine" is forbidden: user "mallory" \(groups=\["system:authenticated"\]\) is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\["\*"\], Resources:\["\*"\], Verbs:\["\*"\]\}$/;

  for (const [plural, root, kind] of ROLES) {
    const url = `${root}/${plural}/mine`;
    const whole = { apiVersion: API_VERSION, kind, metadata: { name: "mine" }, rules: [ALL] };
    const json = { "content-type": "application/json-patch+json" };
    for (const [how, request] of [
      ["PUT", { method: "PUT", url, body: whole }],
      ["a merge patch", { method: "PATCH", url, headers: MERGE, body: { rules: [ALL] } }],
      ["a strategic patch", { method: "PATCH", url, headers: STRATEGIC, body: { rules: [ALL] } }],
      ["a JSON patch", { method: "PATCH", url, headers: json, body: [{ op: "add", path: "/rules/-", value: ALL }] }],
      ["an apply", { method: "PATCH", url: `${url}?fieldManager=m&force=true`, headers: APPLY, body: whole }],
      ["a trial", { method: "PUT", url: `${url}?dryRun=All`, body: whole }],
    ] as const)
      test(`give no right in ${plural} by ${how} that they lack`, () => refused(request, NOT_HELD));

    test(`escalate in ${plural} only those whose names they were given for it`, async () => {
      const name = `${plural}-escalator`;
      const rule = { verbs: ["escalate"], apiGroups: ["rbac.authorization.k8s.io"], resources: [plural] };
      await make(`${RBAC}/clusterroles`, {
        metadata: { name },
        rules: [{ ...rule, resourceNames: ["given"] }, WRITE_RBAC],
      });
      const subjects = [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name }];
      await make(`${RBAC}/clusterrolebindings`, { metadata: { name }, roleRef: refTo("ClusterRole", name), subjects });
      await make(`${root}/${plural}`, { metadata: { name: "given" }, rules: [] });
      const user = { name, groups: [] };
      const body = { rules: [ALL] };
      await allowed({ user, method: "PATCH", url: `${root}/${plural}/given`, headers: MERGE, body });
      await refused({ user, method: "PATCH", url, headers: MERGE, body }, /not currently held/);
    });

    test(`create no ${plural} with rights that they lack, applied or not`, async () => {
      const other = { ...whole, metadata: { name: "other" } };
      await refused({ method: "POST", url: `${root}/${plural}`, body: other }, /not currently held/);
      const applied = { method: "PATCH", url: `${root}/${plural}/other?fieldManager=m`, headers: APPLY, body: other };
      await refused(applied, /not currently held/);
      await refused({ method: "PUT", url: `${root}/${plural}/other`, body: other }, /not currently held/);
    });

    test(`give in ${plural} what they have`, async () => {
      const own = { metadata: { name: "own" }, rules: [READ_PODS] };
      await allowed({ method: "POST", url: `${root}/${plural}`, body: own });
    });

    test(`may change finalizers and owners of ${plural} that say more than they have`, async () => {
      await make(`${root}/${plural}`, { metadata: { name: "big" }, rules: [ALL] });
      const big = `${root}/${plural}/big`;
      await allowed({ method: "PATCH", url: big, headers: MERGE, body: { metadata: { finalizers: ["a.b/c"] } } });
      await refused({ method: "PATCH", url: big, headers: MERGE, body: { metadata: { labels: { a: "b" } } } }, /held/);
    });
  }

  test("gather no roles of others", async () => {
    const clusterRoleSelectors = [{ matchLabels: { a: "b" } }];
    const body = { metadata: { name: "gathering" }, rules: [], aggregationRule: { clusterRoleSelectors } };
    const message = /must have cluster-admin privileges to use the aggregationRule$/;
    await refused({ method: "POST", url: `${RBAC}/clusterroles`, body }, message);
    await make(`${RBAC}/clusterroles`, body);
    const url = `${RBAC}/clusterroles/gathering`;
    await refused({ method: "PATCH", url, headers: MERGE, body: { aggregationRule: null } }, message);
    const nothing = { metadata: { name: "nothing" }, rules: [], aggregationRule: { clusterRoleSelectors: [] } };
    const { status } = await api.send({ method: "POST", url: `${RBAC}/clusterroles`, body: nothing, user: MALLORY });
    assert.equal(status, 422, "who gathers nothing needs no right to it: that it is invalid is what is wrong");
  });

  for (const [plural, root] of [
    ["rolebindings", IN_DEFAULT],
    ["clusterrolebindings", RBAC],
  ] as const) {
    const binding = (name: string, roleRef: object) => ({ metadata: { name }, roleRef, subjects: SUBJECTS });
    const admin = binding("admin", refTo("ClusterRole", "cluster-admin"));

    test(`bind no role in ${plural} that says more than they have`, async () => {
      const url = `${root}/${plural}`;
      await refused({ method: "POST", url, body: admin }, /not currently held/);
      await refused({ method: "PUT", url: `${url}/admin`, body: admin }, /not currently held/);
      await make(url, { ...admin, subjects: [] });
      const patch = { method: "PATCH", url: `${url}/admin`, headers: MERGE, body: { subjects: SUBJECTS } };
      await refused(patch, /not currently held/);
    });

    test(`bind in ${plural} what they have, and no role that does not exist`, async () => {
      const url = `${root}/${plural}`;
      await allowed({ method: "POST", url, body: binding("own", refTo("ClusterRole", "writer")) });
      const answer = await api.send({
        user: MALLORY,
        method: "POST",
        url,
        body: binding("none", refTo("ClusterRole", "none")),
      });
      assert.equal(answer.status, 404);
      assert.match(answer.text, /clusterroles.rbac.authorization.k8s.io \\"none\\" not found/);
    });

    test(`bind in ${plural} nothing that is no role`, async () => {
      const url = `${root}/${plural}`;
      const body = binding("none", refTo("Thing", "none"));
      const { status, text } = await api.send({ user: MALLORY, method: "POST", url, body });
      assert.equal(status, 500, text);
      assert.match(text, /"unsupported role reference kind: \\"Thing\\""/);
    });
  }

  test("give more when they may escalate, and bind more when they may bind", async () => {
    const group = "rbac.authorization.k8s.io";
    const rules = [
      WRITE_RBAC,
      { verbs: ["escalate"], apiGroups: [group], resources: ["clusterroles"] },
      { verbs: ["bind"], apiGroups: [group], resources: ["clusterroles"], resourceNames: ["cluster-admin", "later"] },
    ];
    await make(`${RBAC}/clusterroles`, { metadata: { name: "trusted" }, rules });
    const subjects = [{ kind: "Group", apiGroup: group, name: "trusted" }];
    const roleRef = refTo("ClusterRole", "trusted");
    await make(`${RBAC}/clusterrolebindings`, { metadata: { name: "trusted" }, roleRef, subjects });
    const user = { name: "ada", groups: ["trusted"] };
    const bind = (name: string) => ({
      metadata: { name: `to-${name}` },
      roleRef: refTo("ClusterRole", name),
      subjects,
    });
    await allowed({
      user,
      method: "POST",
      url: `${RBAC}/clusterroles`,
      body: { metadata: { name: "all" }, rules: [ALL] },
    });
    await refused(
      { user, method: "POST", url: `${IN_DEFAULT}/roles`, body: { metadata: { name: "x" }, rules: [ALL] } },
      /held/,
    );
    await refused({ user, method: "POST", url: `${RBAC}/clusterrolebindings`, body: bind("all") }, /held/);
    for (const name of ["cluster-admin", "later"])
      await allowed({ user, method: "POST", url: `${RBAC}/clusterrolebindings`, body: bind(name) });
  });

  test("are told of a role that falls into too many rights to compare", async () => {
    const many = (prefix: string) => Array.from({ length: 400 }, (_, i) => `${prefix}${i}`);
    const rules = [{ verbs: ["get"], apiGroups: many("g"), resources: many("r") }];
    const body = { metadata: { name: "wide" }, rules };
    await refused({ method: "POST", url: `${RBAC}/clusterroles`, body }, /more single rights than can be compared/);
    await make(`${RBAC}/clusterroles`, body);
  });
});

describe("Rights that are missing", () => {
  const paths = (url: string, ...verbs: string[]): V1PolicyRule => ({ nonResourceURLs: [url], verbs });
  const named = (...resourceNames: string[]): V1PolicyRule => ({ ...READ_PODS, resourceNames });
  const on = (resource: string): V1PolicyRule => ({ ...READ_PODS, resources: [resource] });
  for (const [title, owned, wanted, missing] of [
    ["of nothing", [], [], ""],
    ["to who has none", [], [READ_PODS], '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'],
    ["to who has all", [ALL], [READ_PODS], ""],
    ["to a star, of single things", [READ_PODS], [ALL], '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}'],
    ["put together from several rules", [READ_PODS, on("nodes")], [{ ...READ_PODS, resources: ["pods", "nodes"] }], ""],
    ["to a subresource", [on("pods")], [on("pods/log")], '{APIGroups:[""], Resources:["pods/log"], Verbs:["get"]}'],
    ["to a subresource of all", [on("*/log")], [on("pods/log")], ""],
    ["to names", [named("a", "b")], [named("a")], ""],
    [
      "to other names",
      [named("a")],
      [named("a", "b")],
      '{APIGroups:[""], Resources:["pods"], ResourceNames:["b"], Verbs:["get"]}',
    ],
    ["to all names", [named("a")], [READ_PODS], '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'],
    [
      "of several verbs, in one line",
      [],
      [{ ...READ_PODS, verbs: ["get", "list"] }],
      '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
    ],
    ["to paths below", [paths("/api/*", "get")], [paths("/api/v1", "get")], ""],
    [
      "to paths above",
      [paths("/api/v1", "get")],
      [paths("/api/*", "get")],
      '{NonResourceURLs:["/api/*"], Verbs:["get"]}',
    ],
    ["to paths, of resources", [ALL], [paths("/x", "get")], '{NonResourceURLs:["/x"], Verbs:["get"]}'],
  ] as const satisfies readonly (readonly [string, readonly V1PolicyRule[], readonly V1PolicyRule[], string])[])
    test(title, () => assert.equal(describeRights(missingRights(owned, wanted) ?? []), missing));

  test("are not all listed when they are many", () => {
    const rights = Array.from({ length: 150 }, (_, i) => on(`r${1000 + i}`));
    assert.equal(describeRights(rights).split("\n").length, 101);
    assert.match(describeRights(rights), /… and 50 more$/);
  });
});
