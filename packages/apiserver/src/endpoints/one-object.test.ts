import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

const SECRETS = "/api/v1/namespaces/default/secrets";
const READER = { name: "reader", groups: ["system:authenticated"] };

/** A server with a Secret that the reader may list and watch, and with one that he may not. */
async function withReader(): Promise<TestServer> {
  const api = await startTestServer();
  const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
  const rules = [{ apiGroups: [""], resources: ["secrets"], resourceNames: ["mine"], verbs: ["get", "list", "watch"] }];
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" };
  const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: READER.name }];
  for (const [url, body] of [
    [SECRETS, { metadata: { name: "mine" } }],
    [SECRETS, { metadata: { name: "theirs" } }],
    [`${rbac}/roles`, { metadata: { name: "r" }, rules }],
    [`${rbac}/rolebindings`, { metadata: { name: "b" }, roleRef, subjects }],
  ] as const) {
    const { status, text } = await api.send({ method: "POST", url, body });
    assert.equal(status, 201, text);
  }
  return api;
}

const selector = (text: string) => `fieldSelector=${encodeURIComponent(text)}`;

test("who may list one object lists no other, however it is selected", async () => {
  await using api = await withReader();
  const list = (query: string) => api.send({ url: `${SECRETS}?${query}`, user: READER });
  const own = await list(selector("metadata.name=mine"));
  assert.equal(own.status, 200, own.text);
  assert.doesNotMatch(own.text, /theirs/);
  for (const text of [
    "",
    "metadata.name!=x\\,metadata.name=mine",
    "type!=\\,metadata.name=mine",
    "metadata.name!=mine",
  ])
    assert.equal((await list(selector(text))).status, 403, text);
});

/** How a watch begins; it is left at once. */
async function beginWatch(api: TestServer, path: string, query: string): Promise<number> {
  const left = new AbortController();
  const notAfterMs = api.clock.now() + 1;
  const certificate = { commonName: READER.name, organizations: [], fingerprint256: "00", notAfterMs };
  const { status } = await api.server.handler.handle({
    method: "GET",
    path,
    query: new URLSearchParams(query),
    headers: {},
    peer: { address: "192.0.2.9", certificate },
    signal: left.signal,
  });
  left.abort();
  return status;
}

test("who may watch one object watches no other, whatever he selects beside its name", async () => {
  await using api = await withReader();
  const path = "/api/v1/watch/namespaces/default/secrets/mine";
  for (const text of ["metadata.name!=mine", "metadata.name=theirs", "type!=x"])
    assert.equal(await beginWatch(api, path, selector(text)), 400, text);
  for (const text of ["", ",", "metadata.name=mine,type!=x"])
    assert.equal(await beginWatch(api, path, selector(text)), 200, text);
});
