import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Dialer } from "@dingi/apimachinery";
import { startTestServer, type RawResponse, type TestServer } from "../testing/test-server.ts";

const GROUP = "rbac.authorization.k8s.io";
const ASKED: string[] = [];
const dialer: Dialer = {
  dial: (target) => {
    ASKED.push(JSON.stringify(target));
    return Promise.reject(new Error("nobody listens"));
  },
};

describe("Connections to pods and nodes", () => {
  let api: TestServer;

  async function make(url: string, body: object): Promise<void> {
    const answer = await api.send({ method: "POST", url, body });
    assert.equal(answer.status, 201, answer.text);
  }

  async function makeNode(name: string, address: string): Promise<void> {
    await make("/api/v1/nodes", { metadata: { name } });
    const body = { status: { addresses: [{ type: "InternalIP", address }] } };
    const headers = { "content-type": "application/merge-patch+json" };
    await api.send({ method: "PATCH", url: `/api/v1/nodes/${name}/status`, headers, body });
    const spec = { nodeName: name, containers: [{ name: "c", image: "i" }], serviceAccountName: "default" };
    await make("/api/v1/namespaces/default/pods", { metadata: { name: `on-${name}` }, spec });
  }

  before(async () => {
    api = await startTestServer({ dialer, nodeNetwork: "127.1.0.0/24" });
    await make("/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "default" } });
    await makeNode("good", "198.51.100.7");
    await makeNode("simulated", "127.1.0.3");
    await makeNode("loopback", "127.0.0.1");
    await makeNode("metadata", "169.254.169.254");
    await makeNode("mapped", "::ffff:127.0.0.1");
    await makeNode("named", "localhost");
    await makeNode("server", "192.0.2.1");
    await makeNode("mapped-server", "::ffff:c000:201");
    for (const [name, verbs] of [
      ["reader", ["get"]],
      ["creator", ["get", "create"]],
    ] as const) {
      const resources = ["pods", "pods/exec", "pods/attach", "pods/portforward"];
      const rules = [{ apiGroups: [""], resources, verbs }];
      await make(`/apis/${GROUP}/v1/clusterroles`, { metadata: { name }, rules });
      const subjects = [{ kind: "User", apiGroup: GROUP, name }];
      const roleRef = { apiGroup: GROUP, kind: "ClusterRole", name };
      await make(`/apis/${GROUP}/v1/clusterrolebindings`, { metadata: { name }, roleRef, subjects });
    }
  });
  after(() => api[Symbol.asyncDispose]());

  for (const what of ["exec?command=x", "attach", "portforward?ports=80"]) {
    const url = `/api/v1/namespaces/default/pods/on-good/${what}`;
    test(`to ${what} by GET take the right to create`, async () => {
      const ask = (name: string) => api.send({ url, user: { name, groups: [] } });
      const refused = await ask("reader");
      assert.equal(refused.status, 403);
      assert.match(refused.text, /pods \\"on-good\\" is forbidden/);
      assert.match((await ask("creator")).text, /Upgrade request required/);
    });
  }

  const dialled = async (url: string): Promise<readonly [RawResponse, boolean]> => {
    ASKED.length = 0;
    const answer = await api.send({ url });
    return [answer, ASKED.length > 0];
  };

  for (const node of ["loopback", "metadata", "mapped", "named", "server", "mapped-server"])
    for (const url of [
      `/api/v1/nodes/${node}/proxy/pods`,
      `/api/v1/nodes/${node}:22/proxy/`,
      `/api/v1/nodes/https:${node}:6443/proxy/`,
      `/api/v1/namespaces/default/pods/on-${node}/log`,
    ])
      test(`go nowhere for a node that claims to be at the address of ${node} (CVE-2022-3294, CVE-2020-8562): ${url}`, async () => {
        const [answer, wasDialled] = await dialled(url);
        assert.deepEqual([answer.status, wasDialled], [400, false], answer.text);
        assert.match(answer.text, /address not allowed/);
      });

  for (const node of ["good", "simulated"])
    test(`go to a node that is ${node}`, async () => {
      const [answer, wasDialled] = await dialled(`/api/v1/nodes/${node}/proxy/pods`);
      assert.deepEqual([answer.status, wasDialled], [503, true], answer.text);
    });
});
