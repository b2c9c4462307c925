import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestServer } from "../../../testing/test-server.ts";

test("nothing is written in a namespace that is not there, and namespaces are", async () => {
  // Namespaces' life cycle would say the same of it.
  const admission = { enable: ["NamespaceExists"], disable: ["NamespaceLifecycle"] };
  await using api = await startTestServer({ admission });
  const write = async (url: string, name: string) =>
    await api.send({ method: "POST", url, body: { metadata: { name } } });
  const refused = await write("/api/v1/namespaces/nowhere/configmaps", "m");
  assert.equal(refused.status, 404, refused.text);
  assert.match(refused.text, /namespaces \\"nowhere\\" not found/);
  assert.equal((await write("/api/v1/namespaces", "nowhere")).status, 201);
  assert.equal((await write("/api/v1/namespaces/nowhere/configmaps", "m")).status, 201);
  assert.equal((await write("/apis/rbac.authorization.k8s.io/v1/clusterroles", "of-all")).status, 201);
});
