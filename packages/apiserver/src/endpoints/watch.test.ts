import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "@dingi/base";
import { ADMIN, startTestServer, type TestServer } from "../testing/test-server.ts";
import { peerOf } from "../testing/peer.ts";

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
    peer: peerOf(ADMIN, api.clock.now() + 60_000),
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

const summary = ({ type, object: { metadata } }: Told) => (type === "BOOKMARK" ? type : `${type} ${metadata.name}`);

/** What a watch has told by now, while the clock goes on; `end` is when it has ended. */
async function follow(api: TestServer, query: Record<string, string>) {
  const left = new AbortController();
  const seen: string[] = [];
  const state = { isOver: false };
  const end = (async () => {
    for await (const one of await watch(api, query, left.signal)) seen.push(summary(one));
    state.isOver = true;
  })();
  const pass = async (ms: number) => {
    await api.clock.advance(ms);
    for (let turn = 0; turn < 5; turn++) await settle();
  };
  await pass(0);
  return { seen, state, end, pass, leave: () => left.abort() };
}

test("a watch without a revision begins with what is there, and goes on with what comes", async () => {
  await using api = await startTestServer();
  await create(api, "a");
  const one = await follow(api, {});
  assert.deepEqual(one.seen, ["ADDED a"]);
  await create(api, "b");
  await one.pass(1000);
  assert.deepEqual(one.seen, ["ADDED a", "ADDED b"]);
  one.leave();
  await one.end;
});

test("a watch from a revision tells what has come since, and nothing before", async () => {
  await using api = await startTestServer();
  const resourceVersion = String(await create(api, "a"));
  await create(api, "b");
  const one = await follow(api, { resourceVersion });
  const none = await follow(api, {
    resourceVersion: "0",
    sendInitialEvents: "false",
    resourceVersionMatch: "NotOlderThan",
  });
  assert.deepEqual([one.seen, none.seen], [["ADDED b"], []]);
  for (const each of [one, none]) each.leave();
  await Promise.all([one.end, none.end]);
});

test("who wants to know when he has seen all that was there is told so", async () => {
  await using api = await startTestServer();
  await create(api, "a");
  const wanted = { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" };
  const told = await follow(api, { ...wanted, allowWatchBookmarks: "true" });
  const silent = await follow(api, wanted);
  assert.deepEqual([told.seen, silent.seen], [["ADDED a", "BOOKMARK"], ["ADDED a"]]);
  for (const each of [told, silent]) each.leave();
  await Promise.all([told.end, silent.end]);
});

test("a watch is told every minute how far it is, where it wants to be", async () => {
  await using api = await startTestServer();
  const resourceVersion = String(await create(api, "a"));
  const told = await follow(api, { resourceVersion, allowWatchBookmarks: "true" });
  const silent = await follow(api, { resourceVersion });
  await told.pass(44_000);
  assert.deepEqual(told.seen, []);
  await told.pass(16_000);
  assert.deepEqual(told.seen, ["BOOKMARK"]);
  await told.pass(60_000);
  assert.deepEqual([told.seen, silent.seen], [["BOOKMARK", "BOOKMARK"], []]);
  for (const each of [told, silent]) each.leave();
  await Promise.all([told.end, silent.end]);
});

test("a watch ends when its time is up, and says then how far it came", async () => {
  await using api = await startTestServer();
  const resourceVersion = String(await create(api, "a"));
  const told = await follow(api, { resourceVersion, allowWatchBookmarks: "true", timeoutSeconds: "10" });
  const silent = await follow(api, { resourceVersion, timeoutSeconds: "10" });
  await told.pass(9_999);
  assert.deepEqual([told.state.isOver, silent.state.isOver], [false, false]);
  await told.pass(1);
  await Promise.all([told.end, silent.end]);
  assert.deepEqual([told.seen, silent.seen], [["BOOKMARK"], []]);
});

test("a watch that names no time ends after half an hour at least, and an hour at most", async () => {
  await using api = await startTestServer();
  const one = await follow(api, {});
  await one.pass(1_800_000 - 1);
  assert.equal(one.state.isOver, false);
  await one.pass(1_800_001);
  assert.equal(one.state.isOver, true);
});

test("who leaves leaves no timer behind", async () => {
  await using api = await startTestServer();
  await settle();
  const before = api.clock.pending;
  const one = await follow(api, { allowWatchBookmarks: "true" });
  assert.equal(api.clock.pending, before + 2);
  one.leave();
  await one.end;
  assert.equal(api.clock.pending, before);
});

test("a watch of one object tells of no other, and may not select another", async () => {
  await using api = await startTestServer();
  await create(api, "a");
  await create(api, "b");
  const one = await follow(api, { fieldSelector: "metadata.name=b" });
  assert.deepEqual(one.seen, ["ADDED b"]);
  one.leave();
  await one.end;
  const refused = await api.send({
    url: `/api/v1/watch/namespaces/default/configmaps/a?fieldSelector=metadata.name%3Db`,
  });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /fieldSelector metadata.name doesn't match requested name/);
});
