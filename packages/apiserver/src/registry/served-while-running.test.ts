import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { test } from "node:test";
import type { AnyKind, KubeObject } from "@dingi/apimachinery";
import { seededRandom, settle, silentLogger } from "@dingi/base";
import { Informer } from "@dingi/client";
import { boatKind } from "../testing/boat.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

const BOATS = "/apis/example.org/v1/namespaces/default/boats";
const boat = (name: string, spec: object = {}) => ({
  apiVersion: "example.org/v1",
  kind: "Boat",
  metadata: { namespace: "default", name },
  spec,
});

const quiet = async () => {
  for (let turn = 0; turn < 20; turn++) await settle();
};

test("a request that has begun when its kind is removed is answered, and the kind is gone after that", async () => {
  await using api = await startTestServer();
  const Boat = boatKind();
  await api.server.resources.serve(Boat);
  const body = Promise.withResolvers<Uint8Array>();
  const creating = api.send({ method: "POST", url: BOATS, readBody: () => body.promise });
  await quiet();
  let isRemoved = false;
  const removing = api.server.resources.remove(Boat).then(() => (isRemoved = true));
  await quiet();
  assert.equal((await api.send({ url: BOATS })).status, 404);
  assert.equal(isRemoved, false);
  body.resolve(Buffer.from(JSON.stringify(boat("late"))));
  const { status, text } = await creating;
  assert.equal(status, 201, text);
  await removing;
  const { entries } = await api.store.range("/registry/example.org/boats/", {});
  assert.deepEqual(
    entries.map(({ key }) => key),
    ["/registry/example.org/boats/default/late"],
  );
});

test("a watch over the network is told what came before the end, and ends", async () => {
  await using api = await startTestServer();
  const Boat = boatKind();
  await api.server.resources.serve(Boat);
  const watching = api.send({ url: `${BOATS}?watch=true&resourceVersion=0` });
  await quiet();
  await api.admin.create(Boat, boat("a"));
  await api.admin.delete(Boat, { namespace: "default", name: "a" });
  await api.server.resources.remove(Boat);
  const { text } = await watching;
  const events = text.split("\n").filter(Boolean);
  assert.deepEqual(
    events.map((line) => (JSON.parse(line) as { type: string }).type),
    ["ADDED", "DELETED"],
  );
});

async function informerOf(api: TestServer, kind: AnyKind, signal: AbortSignal): Promise<Informer<KubeObject>> {
  const { admin: client, clock } = api;
  const informer = new Informer({ client, kind, clock, random: seededRandom(1), logger: silentLogger });
  void informer.run(signal);
  await informer.synced;
  return informer;
}

test("an informer goes on when its kind is replaced, and misses nothing", async () => {
  await using api = await startTestServer();
  const stop = new AbortController();
  const Old = boatKind();
  const New = boatKind({ more: { port: { type: "free", of: "string" } } });
  await api.server.resources.serve(Old);
  await api.admin.create(Old, boat("before"));
  const informer = await informerOf(api, Old, stop.signal);
  const told: string[] = [];
  informer.onEvent(({ type, object }) => told.push(`${type} ${object.metadata.name}`));
  await api.admin.create(Old, boat("just-before"));
  await quiet();
  await api.server.resources.replace(Old, New);
  const { text } = await api.send({ method: "POST", url: BOATS, body: { ...boat("after"), port: "north", other: 1 } });
  assert.match(text, /"port":"north"/);
  assert.doesNotMatch(text, /"other"/);
  await api.clock.advance(1000);
  await quiet();
  assert.deepEqual(told, ["added before", "added just-before", "added after"]);
  assert.equal((informer.get("default/after") as { port?: string }).port, "north");
  stop.abort();
});

test("two servers over one store serve a kind by themselves, and see each other's objects", async () => {
  await using one = await startTestServer();
  await using other = await startTestServer({ shared: one });
  const [own, theirs] = [boatKind(), boatKind()];
  await one.server.resources.serve(own);
  await one.admin.create(own, boat("a"));
  assert.equal((await other.send({ url: `${BOATS}/a` })).status, 404);
  await other.server.resources.serve(theirs);
  assert.equal((await other.admin.get(theirs, { namespace: "default", name: "a" })).metadata.name, "a");
  const stop = new AbortController();
  const informer = await informerOf(other, theirs, stop.signal);
  await one.admin.create(own, boat("b"));
  await quiet();
  assert.deepEqual([...informer.list()].map(({ metadata }) => metadata.name).sort(), ["a", "b"]);
  await one.server.resources.remove(own);
  await other.admin.create(theirs, boat("c"));
  assert.equal((await one.send({ url: `${BOATS}/c` })).status, 404);
  stop.abort();
});

/** Collects what nobody can reach. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

test("nothing holds a kind that was removed, nor its objects", async () => {
  await using api = await startTestServer();
  const live = async () => {
    const Boat = boatKind();
    await api.server.resources.serve(Boat);
    await api.admin.create(Boat, boat("a", { cargo: { text: "x".repeat(1000) } }));
    await api.send({ url: BOATS });
    await api.send({ url: "/apis" });
    await api.send({ url: "/openapi/v3" });
    const object = await api.admin.get(Boat, { namespace: "default", name: "a" });
    await api.admin.delete(Boat, { namespace: "default", name: "a" });
    await api.server.resources.remove(Boat);
    await api.send({ url: "/apis" });
    return [new WeakRef(Boat), new WeakRef(object)];
  };
  const refs = await live();
  await quiet();
  collectGarbage();
  assert.deepEqual(
    refs.map((ref) => ref.deref()),
    [undefined, undefined],
  );
});
