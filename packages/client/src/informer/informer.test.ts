import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { ConfigMap, type V1ConfigMap } from "@dingi/api";
import { StatusError, type WatchEvent } from "@dingi/apimachinery";
import { FakeClock, seededRandom, silentLogger } from "@dingi/base";
import type { Client, WatchOptions } from "../client.ts";
import { Informer, type InformerEvent } from "./informer.ts";

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

/** An informer whose watches are answered one after the other; the last answer stays. */
function bench(t: TestContext, answers: Answer[]) {
  const clock = new FakeClock(0);
  const asked: { readonly atMs: number; readonly resourceVersion: string | undefined }[] = [];
  const client = {
    watch: (_kind: unknown, options: WatchOptions) => {
      asked.push({ atMs: clock.now(), resourceVersion: options.resourceVersion });
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      return answer(options);
    },
  } as unknown as Client;
  const informer = new Informer({ client, kind: ConfigMap, clock, random: seededRandom(1), logger: silentLogger });
  const events: string[] = [];
  informer.onEvent((event: InformerEvent<V1ConfigMap>) => events.push(`${event.type} ${event.object.metadata.name}`));
  const stop = new AbortController();
  const running = informer.run(stop.signal);
  t.after(async () => {
    stop.abort(new Error("stop"));
    await running;
  });
  return { clock, asked, informer, events };
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
