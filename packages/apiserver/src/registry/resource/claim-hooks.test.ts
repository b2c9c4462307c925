import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startTestServer, type TestServer } from "../../testing/test-server.ts";

const CLAIMS = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims";
const TEMPLATES = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaimtemplates";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const MERGE = { "content-type": "application/merge-patch+json" };
const RESULT = { request: "r", driver: "a.example.com", pool: "p", device: "d" };

/** Users and what each may besides patching the status of claims: [verb, subresource, names]. */
const RIGHTS: Readonly<Record<string, readonly [string, string, string[]?][]>> = {
  nobody: [],
  binder: [["patch", "binding"]],
  driver: [["arbitrary-node:patch", "driver", ["a.example.com"]]],
};

describe("A claim's status", () => {
  let api: TestServer;
  let count = 0;
  before(async () => {
    api = await startTestServer();
    for (const [name, rights] of Object.entries(RIGHTS)) await allow(name, rights);
  });
  after(() => api[Symbol.asyncDispose]());

  async function allow(name: string, rights: readonly [string, string, string[]?][]): Promise<void> {
    const apiGroups = ["resource.k8s.io"];
    const rules = [
      { apiGroups, resources: ["resourceclaims/status"], verbs: ["patch"] },
      ...rights.map(([verb, subresource, resourceNames = []]) => ({
        apiGroups,
        resources: [`resourceclaims/${subresource}`],
        verbs: [verb],
        resourceNames,
      })),
    ];
    await created(`${RBAC}/clusterroles`, { metadata: { name }, rules });
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
    const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name }];
    await created(`${RBAC}/clusterrolebindings`, { metadata: { name }, roleRef, subjects });
  }

  async function created(url: string, body: object): Promise<void> {
    const { status, text } = await api.send({ method: "POST", url, body });
    assert.equal(status, 201, text);
  }

  /** The URL of a new claim that is allocated. */
  async function allocated(): Promise<string> {
    const name = `c${count++}`;
    await created(CLAIMS, {
      metadata: { name },
      spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "c" } }] } },
    });
    const body = { status: { allocation: { devices: { results: [RESULT] } } } };
    assert.equal((await patch(`${CLAIMS}/${name}`, body)).status, 200);
    return `${CLAIMS}/${name}`;
  }

  const patch = (url: string, body: object, name = "admin") =>
    api.send({
      method: "PATCH",
      url: `${url}/status`,
      headers: MERGE,
      body,
      user: { name, groups: name === "admin" ? ["system:masters"] : ["system:authenticated"] },
    });

  const reservation = { status: { reservedFor: [{ resource: "pods", name: "p", uid: "u" }] } };
  const told = { status: { devices: [{ driver: "a.example.com", pool: "p", device: "d" }] } };

  test("is bound by who may bind claims", async () => {
    const url = await allocated();
    const refused = await patch(url, reservation, "nobody");
    assert.equal(refused.status, 422);
    assert.match(
      refused.text,
      /resourceclaims.resource.k8s.io is forbidden: User \\"nobody\\" cannot patch resource \\"resourceclaims\/binding\\" in API group \\"resource.k8s.io\\" at the cluster scope/,
    );
    assert.equal((await patch(url, reservation, "driver")).status, 422);
    assert.equal((await patch(url, reservation, "binder")).status, 200);
  });

  test("tells of a driver's devices by who may speak for the driver", async () => {
    const url = await allocated();
    const refused = await patch(url, told, "binder");
    assert.equal(refused.status, 422);
    assert.match(
      refused.text,
      /verb=\\"\[arbitrary-node:patch\]\\" permission: resourceclaims.resource.k8s.io \\"a.example.com\\" is forbidden/,
    );
    assert.equal((await patch(url, told, "driver")).status, 200);
    assert.equal((await patch(url, { status: { devices: null } }, "binder")).status, 422, "taken away");
    assert.equal((await patch(url, { metadata: { labels: { a: "b" } } }, "binder")).status, 200, "nothing changed");
  });

  test("grants the administrator's access in marked namespaces only", async () => {
    const exactly = { deviceClassName: "c", adminAccess: true };
    const spec = { devices: { requests: [{ name: "r", exactly }] } };
    const url = await allocated();
    assert.equal((await patch(url, { status: { allocation: null } })).status, 200);
    const access = { status: { allocation: { devices: { results: [{ ...RESULT, adminAccess: true }] } } } };
    const send = (at: string, body: object) => api.send({ method: "POST", url: at, body });
    const claim = { metadata: { name: "admin" }, spec };
    const template = { metadata: { name: "admin" }, spec: { spec } };
    const answers = [await send(CLAIMS, claim), await send(TEMPLATES, template), await patch(url, access)];
    for (const { status, text } of answers) {
      assert.equal(status, 422);
      assert.match(
        text,
        /adminAccess: Forbidden: admin access to devices requires the `resource.kubernetes.io\/admin-access: true` label/,
      );
    }
    const labels = { "resource.kubernetes.io/admin-access": "true" };
    await api.send({
      method: "PATCH",
      url: "/api/v1/namespaces/default",
      headers: MERGE,
      body: { metadata: { labels } },
    });
    await created(CLAIMS, claim);
    await created(TEMPLATES, template);
    assert.equal((await patch(url, access)).status, 200);
  });
});
