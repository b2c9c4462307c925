import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "@dingi/base";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

const CONFIGMAPS = "/api/v1/namespaces/default/configmaps";

interface Told {
  readonly type: string;
  readonly object: { readonly code?: number; readonly reason?: string; readonly metadata: { readonly name?: string } };
}

async function watch(
  api: TestServer,
  query: Record<string, string>,
  signal: AbortSignal,
): Promise<AsyncIterable<Told>> {
  const response = await api.server.handler.handle({
    method: "GET",
    path: CONFIGMAPS,
    query: new URLSearchParams({ watch: "true", ...query }),
    headers: { accept: "application/json" },
    peer: {
      address: "192.0.2.9",
      certificate: {
        commonName: "admin",
        organizations: ["system:masters"],
        fingerprint256: "00",
        notAfterMs: api.clock.now() + 60_000,
      },
    },
    signal,
  });
  assert.equal(response.status, 200);
  return toldIn(response.body!);
}

async function* toldIn(body: Uint8Array | AsyncIterable<Uint8Array>): AsyncIterable<Told> {
  for await (const bytes of body instanceof Uint8Array ? [body] : body)
    for (const line of Buffer.from(bytes).toString().trim().split("\n")) yield JSON.parse(line) as Told;
}

async function create(api: TestServer, name: string): Promise<number> {
  const { text } = await api.send({ method: "POST", url: CONFIGMAPS, body: { metadata: { name } } });
  return Number((JSON.parse(text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion);
}

/** Once nobody else writes, as the server does when it starts. */
async function createAlone(api: TestServer): Promise<number> {
  for (let i = 0, before = -1; ; i++) {
    const revision = await create(api, `before-${i}`);
    if (revision === before + 1) return revision;
    before = revision;
    await settle();
  }
}

test("a watch from a revision that is still to come begins at once, and tells what comes after it", async () => {
  await using api = await startTestServer();
  const left = new AbortController();
  const begin = (await createAlone(api)) + 3;
  const told = (await watch(api, { resourceVersion: String(begin) }, left.signal))[Symbol.asyncIterator]();
  const next = told.next();
  const created: { name: string; revision: number }[] = [];
  for (const name of ["a", "b", "c", "d", "e"]) created.push({ name, revision: await create(api, name) });
  assert.ok(created[0]!.revision <= begin);
  await api.clock.advance(1000); // Watchers are told of a burst together.
  const { value } = await next;
  const first = created.find(({ revision }) => revision > begin);
  assert.deepEqual([(value as Told).type, (value as Told).object.metadata.name], ["ADDED", first!.name]);
  left.abort();
});

test("a state that does not come is told as an error within the watch", async () => {
  await using api = await startTestServer();
  const left = new AbortController();
  const query = { resourceVersion: "99999", sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" };
  const opening = watch(api, query, left.signal);
  await settle();
  await api.clock.advance(3000);
  const events: Told[] = [];
  for await (const event of await opening) events.push(event);
  assert.deepEqual(
    events.map(({ type, object }) => [type, object.code, object.reason]),
    [["ERROR", 504, "Timeout"]],
  );
});
