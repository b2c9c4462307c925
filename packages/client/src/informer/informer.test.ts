import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { ConfigMap, type V1ConfigMap } from "@dingi/api";
import { StatusError, type WatchEvent } from "@dingi/apimachinery";
import { FakeClock, seededRandom, settle, silentLogger } from "@dingi/base";
import type { Client, ListOptions, WatchOptions } from "../client.ts";
import { Informer, type InformerEvent, type InformerOptions } from "./informer.ts";

const END = { "k8s.io/initial-events-end": "true" };

const map = (name: string, resourceVersion: string): V1ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", uid: name, resourceVersion },
});
const added = (name: string, version: string): WatchEvent<V1ConfigMap> => ({
  type: "ADDED",
  object: map(name, version),
});
const bookmark = (resourceVersion: string): WatchEvent<V1ConfigMap> =>
  ({ type: "BOOKMARK", object: { metadata: { resourceVersion, annotations: END } } }) as never;
const refusal = (code: number, reason: "Expired" | "TooManyRequests", seconds?: number) =>
  StatusError.make(code, reason, reason, seconds === undefined ? {} : { retryAfterSeconds: seconds });

type Answer = (options: WatchOptions) => AsyncIterable<WatchEvent<V1ConfigMap>[]>;

/** A watch that brings these and then ends so. */
const brings = (events: WatchEvent<V1ConfigMap>[], end: "open" | "ended" | Error): Answer =>
  async function* ({ signal }) {
    if (events.length > 0) yield events;
    if (end instanceof Error) throw end;
    if (end === "open")
      await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  };

interface BenchOptions extends Partial<InformerOptions<V1ConfigMap>> {
  /** What a list brings. */
  readonly listed?: readonly V1ConfigMap[];
}

/** An informer whose watches are answered one after the other; the last answer stays. */
function bench(t: TestContext, answers: Answer[], { listed = [], ...more }: BenchOptions = {}) {
  const clock = new FakeClock(0);
  const asked: ({ readonly atMs: number } & WatchOptions)[] = [];
  const lists: ListOptions[] = [];
  const client = {
    list: (_kind: unknown, options: ListOptions) => {
      lists.push(options);
      return Promise.resolve({ metadata: { resourceVersion: "7" }, items: listed });
    },
    watch: (_kind: unknown, options: WatchOptions) => {
      asked.push({ ...options, atMs: clock.now() });
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      return answer(options);
    },
  } as unknown as Client;
  const common = { client, kind: ConfigMap, clock, random: seededRandom(1), logger: silentLogger };
  const informer = new Informer({ ...common, ...more });
  const events: string[] = [];
  informer.onEvent((event: InformerEvent<V1ConfigMap>) => events.push(`${event.type} ${event.object.metadata.name}`));
  const stop = new AbortController();
  const running = informer.run(stop.signal);
  t.after(async () => {
    stop.abort(new Error("stop"));
    await running;
  });
  return { clock, asked, lists, informer, events };
}

/** At most as many as delays of 0.1, 0.2, 0.4 … 30 s make possible, and enough to find the server soon after it is back. */
async function asksSeldom(t: TestContext, answer: Answer): Promise<void> {
  const { clock, asked } = bench(t, [answer]);
  await clock.advance(3_600_000);
  const inTheLastHalf = asked.filter(({ atMs }) => atMs > 1_800_000).length;
  assert.ok(asked.length < 150, `${asked.length} times in an hour`);
  assert.ok(inTheLastHalf >= 30, `${inTheLastHalf} times in the last half of it`);
}

test("a server that is away is asked seldom", (t) => asksSeldom(t, brings([], new Error("connect ECONNREFUSED"))));
test("a server that refuses with 429 is asked seldom", (t) =>
  asksSeldom(t, brings([], refusal(429, "TooManyRequests"))));
test("a server that ends each watch at once is asked seldom", (t) => asksSeldom(t, brings([], "ended")));
test("a server whose history is always gone is asked seldom", (t) =>
  asksSeldom(t, brings([added("a", "1"), bookmark("1")], refusal(410, "Expired"))));

test("who is told how long to wait waits as long", async (t) => {
  const { clock, asked } = bench(t, [brings([], refusal(429, "TooManyRequests", 20)), brings([bookmark("1")], "open")]);
  await clock.advance(19_000);
  assert.equal(asked.length, 1);
  await clock.advance(1000);
  assert.equal(asked.length, 2);
});

test("after a gap it goes on where it was, and after 410 begins anew and tells what it has missed", async (t) => {
  const lost = new Error("connection lost");
  const { clock, asked, events, informer } = bench(t, [
    brings([added("kept", "1"), added("gone", "2"), bookmark("3")], lost),
    brings([], lost),
    brings([], refusal(410, "Expired")),
    brings([added("kept", "1"), added("new", "9"), bookmark("9")], "open"),
  ]);
  await clock.advance(60_000);
  assert.deepEqual(
    asked.map(({ resourceVersion }) => resourceVersion),
    ["", "3", "3", ""],
  );
  assert.deepEqual(events, ["added kept", "added gone", "added new", "deleted gone"]);
  assert.equal(informer.size, 2);
});

test("a watch that held is followed by another soon, however often the server was away before", async (t) => {
  const away = brings([], new Error("away"));
  const held: Answer = async function* () {
    yield [bookmark("1")];
    await clock.sleep(300_000);
  };
  const { clock, asked } = bench(t, [away, away, away, away, away, away, held, brings([], "open")]);
  await clock.advance(400_000);
  assert.equal(asked.length, 8);
  const [before, after] = [asked[6]!.atMs, asked[7]!.atMs];
  assert.ok(after - before <= 300_200, `${after - before} ms`);
});

const changed = (type: "MODIFIED" | "DELETED", name: string, version: string): WatchEvent<V1ConfigMap> => ({
  type,
  object: map(name, version),
});

test("it is in step once the server has said that this was all, and not before", async (t) => {
  const more = Promise.withResolvers<void>();
  const answer: Answer = async function* (options) {
    yield [added("a", "1"), { type: "BOOKMARK", object: { metadata: { resourceVersion: "2" } } } as never];
    await more.promise;
    yield* brings([bookmark("3")], "open")(options);
  };
  const { informer, events } = bench(t, [answer]);
  let isSynced = false;
  void informer.synced.then(() => (isSynced = true));
  await settle();
  assert.deepEqual([events, informer.hasSynced, isSynced], [["added a"], false, false]);
  more.resolve();
  await settle();
  assert.deepEqual([informer.hasSynced, isSynced, informer.resourceVersion], [true, true, "3"]);
});

test("every change is told once, and the revision goes on with it", async (t) => {
  const told = [
    changed("MODIFIED", "a", "4"),
    changed("MODIFIED", "a", "4"),
    changed("DELETED", "b", "5"),
    changed("DELETED", "b", "6"),
  ];
  const { informer, events } = bench(t, [brings([added("a", "1"), added("b", "2"), bookmark("3"), ...told], "open")]);
  await settle();
  assert.deepEqual(events, ["added a", "added b", "updated a", "deleted b"]);
  assert.equal(informer.resourceVersion, "6");
  assert.equal(informer.get({ namespace: "default", name: "a" })?.metadata.resourceVersion, "4");
  assert.equal(informer.get("default/b"), undefined);
  assert.deepEqual([informer.list("default").length, informer.list("other").length, informer.list().length], [1, 0, 1]);
});

test("an object of the same revision that is another one is told", async (t) => {
  const other = { ...map("a", "1"), metadata: { ...map("a", "1").metadata, uid: "other" } };
  const { events } = bench(t, [brings([added("a", "1"), bookmark("1"), { type: "ADDED", object: other }], "open")]);
  await settle();
  assert.deepEqual(events, ["added a", "updated a"]);
});

test("who comes later is told of what is there, and who has left of nothing more", async (t) => {
  const more = Promise.withResolvers<void>();
  const answer: Answer = async function* (options) {
    yield [added("a", "1"), bookmark("1")];
    await more.promise;
    yield* brings([added("b", "2")], "open")(options);
  };
  const { informer, events } = bench(t, [answer]);
  await settle();
  const late: string[] = [];
  const handler = ({ type, object }: InformerEvent<V1ConfigMap>) => void late.push(`${type} ${object.metadata.name}`);
  informer.onEvent(handler)[Symbol.dispose]();
  more.resolve();
  await settle();
  assert.deepEqual([late, events], [["added a"], ["added a", "added b"]]);
});

test("it asks for what it was told to select, and for the initial state as a stream", async (t) => {
  const selection = { namespace: "n", labelSelector: "a=b", fieldSelector: "c=d", metadataOnly: true };
  const { clock, asked } = bench(t, [brings([bookmark("3")], "ended"), brings([], "open")], selection);
  await clock.advance(1000);
  const [{ atMs: _, signal: _signal, timeoutSeconds = 0, ...first }, { sendInitialEvents, resourceVersion }] =
    asked as never as [(typeof asked)[0], (typeof asked)[0]];
  const initial = { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan", resourceVersion: "" };
  assert.deepEqual(first, { ...selection, ...initial, allowWatchBookmarks: true });
  assert.ok(timeoutSeconds >= 300 && timeoutSeconds < 600, String(timeoutSeconds));
  assert.deepEqual([sendInitialEvents, resourceVersion], [undefined, "3"]);
});

for (const code of [400, 422])
  test(`a server that refuses with ${code} to stream its state is asked for a list`, async (t) => {
    const refused = brings([], StatusError.make(code, "Invalid", "sendInitialEvents is forbidden"));
    const { clock, asked, lists, events, informer } = bench(
      t,
      [
        brings([added("gone", "1"), bookmark("2")], refusal(410, "Expired")),
        refused,
        brings([added("c", "8")], "open"),
      ],
      { namespace: "n", listed: [map("a", "5"), map("b", "6")] },
    );
    await clock.advance(10_000);
    assert.deepEqual(
      lists.map(({ namespace }) => namespace),
      ["n"],
    );
    assert.deepEqual(events, ["added gone", "added a", "added b", "deleted gone", "added c"]);
    assert.deepEqual([asked.at(-1)?.resourceVersion, asked.at(-1)?.sendInitialEvents], ["7", undefined]);
    assert.deepEqual([informer.hasSynced, informer.resourceVersion], [true, "8"]);
  });

test("an error that comes within a watch is as one that comes in place of it", async (t) => {
  const expired = { type: "ERROR", object: refusal(410, "Expired").status } as never;
  const { clock, asked } = bench(t, [brings([bookmark("3"), expired], "open"), brings([], "open")]);
  await clock.advance(10_000);
  assert.deepEqual(
    asked.map(({ resourceVersion }) => resourceVersion),
    ["", ""],
  );
});

test("an index that nobody has made is an error that says so", (t) => {
  const { informer } = bench(t, [brings([], "open")]);
  assert.throws(() => informer.by("node", "a"), { message: 'Informer of "ConfigMap" has no index "node"' });
});
