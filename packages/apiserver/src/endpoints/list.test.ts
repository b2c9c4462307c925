import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, Namespace } from "@dingi/api";
import { StatusError } from "@dingi/apimachinery";
import { settle } from "@dingi/base";
import { startTestServer } from "../testing/test-server.ts";

test("after a compaction a list goes on at the newest state, with the token that the refusal brings", async () => {
  await using api = await startTestServer();
  const namespace = "default";
  const create = (name: string) => api.admin.create(ConfigMap, { metadata: { namespace, name } });
  for (const name of ["a", "b", "c"]) await create(name);
  const first = await api.admin.list(ConfigMap, { namespace, limit: 1 });
  const rest = { namespace, limit: 5, continue: first.metadata.continue! };
  // Only another kind changes: the state that was listed could still be told.
  await api.admin.create(Namespace, { metadata: { name: "other" } });
  const names = async (options: typeof rest) =>
    (await api.admin.list(ConfigMap, options)).items.map(({ metadata }) => metadata.name);
  assert.deepEqual(await names(rest), ["b", "c"]);
  for (let i = 0; i < 2; i++) {
    await api.clock.advance(5 * 60_000);
    await settle();
  }
  const refusal: unknown = await names(rest).catch((error: unknown) => error);
  assert.ok(refusal instanceof StatusError && refusal.code === 410, String(refusal));
  await create("d");
  assert.deepEqual(await names({ ...rest, continue: refusal.status.metadata!.continue! }), ["b", "c", "d"]);
});

for (const revision of ["1000000", "9223372036854775807"]) {
  test(`a list that shall go on at revision ${revision}, which has not come, is waited for and then refused`, async () => {
    await using api = await startTestServer();
    const token = Buffer.from(`{"v":"meta.k8s.io/v1","rv":${revision},"start":"a"}`).toString("base64url");
    const answer = api.send({ url: `/api/v1/configmaps?limit=1&continue=${token}` });
    await settle();
    await api.clock.advance(3000);
    const { status, text } = await answer;
    assert.equal(status, 504, text);
    assert.match(text, new RegExp(`Timeout: Too large resource version: ${revision}, current: \\d+`));
  });
}
