import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

const GROUP = "/apis/authorization.k8s.io/v1";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const ADA = { name: "ada", groups: ["readers"] };

let api: TestServer;
before(async () => {
  api = await startTestServer();
  const rules = [
    { apiGroups: [""], resources: ["pods"], resourceNames: ["p"], verbs: ["get"] },
    { nonResourceURLs: ["/metrics"], verbs: ["get"] },
  ];
  await api.send({ method: "POST", url: `${RBAC}/clusterroles`, body: { metadata: { name: "r" }, rules } });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "r" };
  const subjects = [{ kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: "readers" }];
  const body = { metadata: { name: "r" }, roleRef, subjects };
  await api.send({ method: "POST", url: `${RBAC}/clusterrolebindings`, body });
});
after(() => api[Symbol.asyncDispose]());

async function review(plural: string, spec: object, user?: typeof ADA): Promise<Record<string, unknown>> {
  const sent = { method: "POST", url: `${GROUP}/${plural}`, body: { spec }, ...(user ? { user } : {}) };
  const { text } = await api.send(sent);
  return JSON.parse(text) as Record<string, unknown>;
}

const statusOf = async (...asked: Parameters<typeof review>) => (await review(...asked))["status"];

describe("It is told whether somebody may", () => {
  const pods = { verb: "get", resource: "pods", namespace: "n", name: "p" };
  for (const [what, spec, wanted] of [
    ["read what he may read", { resourceAttributes: pods }, true],
    ["do more with it", { resourceAttributes: { ...pods, verb: "update" } }, false],
    ["read another", { resourceAttributes: { ...pods, name: "q" } }, false],
    ["read a part of it", { resourceAttributes: { ...pods, subresource: "log" } }, false],
    ["read what is called so in another group", { resourceAttributes: { ...pods, group: "a.test" } }, false],
    ["read a path", { nonResourceAttributes: { verb: "get", path: "/metrics" } }, true],
    ["read another path", { nonResourceAttributes: { verb: "get", path: "/logs" } }, false],
  ] as const)
    test(what, async () => {
      const mine = (await statusOf("selfsubjectaccessreviews", spec, ADA)) as { allowed: boolean };
      const his = { ...spec, user: "ada", groups: ["readers"] };
      const told = (await statusOf("subjectaccessreviews", his)) as { allowed: boolean; denied?: boolean };
      assert.deepEqual([mine.allowed, told.allowed, told.denied], [wanted, wanted, undefined]);
    });

  test("who is in none of the groups may not", async () => {
    const told = await statusOf("subjectaccessreviews", { user: "ada", resourceAttributes: pods });
    assert.equal((told as { allowed: boolean }).allowed, false);
  });
});

test("all that somebody may do in a namespace is told, each with what it is about", async () => {
  const status = (await statusOf("selfsubjectrulesreviews", { namespace: "n" }, ADA)) as Record<string, object[]>;
  assert.equal(status["incomplete"], false);
  // The others are everybody's.
  const [own] = status["resourceRules"] ?? [];
  assert.deepEqual(own, { verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["p"] });
  assert.ok(status["resourceRules"]?.every((rule) => "resources" in rule));
  assert.ok(status["nonResourceRules"]?.every((rule) => "nonResourceURLs" in rule));
  assert.ok(JSON.stringify(status["nonResourceRules"]).includes('{"verbs":["get"],"nonResourceURLs":["/metrics"]}'));
});

test("rules without a namespace are not told", async () => {
  const refused = await review("selfsubjectrulesreviews", {}, ADA);
  assert.deepEqual([refused["code"], refused["message"]], [400, "no namespace on request"]);
});
