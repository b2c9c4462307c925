import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, Latest, seededRandom, settle } from "@dingi/base";
import type { Backends } from "./backends.ts";
import type { RemoteApi, RemoteApis } from "./remote-apis.ts";
import { RemoteDiscovery } from "./remote-discovery.ts";

const API = { name: "v1.a.test", group: "a.test", version: "v1", isAvailable: true } as RemoteApi;
const KEY = "a.test/v1";

interface Told {
  readonly status?: number;
  readonly type?: string;
  readonly body?: unknown;
}

/** A server behind, which tells so of each path; undefined does not answer at all. */
function bench(answers: Record<string, Told | undefined>) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const set = new Latest<ReadonlyMap<string, RemoteApi>>(new Map([[KEY, API]]));
  const apis = {
    get all() {
      return set.current;
    },
    after: (seen: ReadonlyMap<string, RemoteApi>, signal: AbortSignal) => set.after(seen, signal),
  } as unknown as RemoteApis;
  const send = async (
    _: RemoteApi,
    { path, headers, signal }: { path: string; headers: Record<string, string>; signal: AbortSignal },
  ) => {
    asked.push(path);
    assert.match(String(headers["accept"]), /as=APIGroupDiscoveryList,application\/json$/);
    const told = path in answers ? answers[path] : { status: 404 };
    if (!told)
      return await new Promise<never>((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason)),
      );
    const { status = 200, type = "application/json", body = {} } = told;
    const answer = (async function* () {
      yield Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    })();
    return Object.assign(answer, { statusCode: status, headers: { "content-type": type } });
  };
  const backends = { send } as unknown as Backends;
  const discovery = new RemoteDiscovery({ apis, backends, clock, random: seededRandom(1) });
  const stop = new AbortController();
  const running = discovery.run(stop.signal);
  const end = async () => {
    stop.abort(new Error("enough"));
    await running;
  };
  return { clock, asked, set, discovery, answers, [Symbol.asyncDispose]: end };
}

const shown = ({ discovery }: { discovery: RemoteDiscovery }, key = KEY) => {
  const found = discovery.current.get(key);
  return found && [found.resources.map(({ resource }) => resource), found.isStale];
};

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const document = (...versions: object[]) => ({
  type: AGGREGATED,
  body: {
    items: [
      { metadata: { name: "other.test" }, versions: [] },
      { metadata: { name: "a.test" }, versions },
    ],
  },
});
const v1 = (...names: string[]) => ({ version: "v1", resources: names.map((resource) => ({ resource })) });
const legacy = (...names: string[]) => ({ body: { resources: names.map((name) => ({ name, kind: name })) } });

test("what a server tells in one document is what it has", async () => {
  await using one = bench({ "/apis": document({ version: "v2" }, v1("ships", "boats")) });
  await settle();
  assert.deepEqual([shown(one), one.asked], [[["ships", "boats"], false], ["/apis"]]);
  const [first] = one.discovery.current.get(KEY)!.resources;
  assert.deepEqual(first?.responseKind, { group: "", version: "", kind: "" }, "some clients want one");
});

test("an older server is asked for the version itself", async () => {
  for (const all of [{ status: 404 }, legacy("no"), { status: 406, type: AGGREGATED }]) {
    await using one = bench({ "/apis": all, "/apis/a.test/v1": legacy("ships") });
    await settle();
    assert.deepEqual(
      [shown(one), one.asked],
      [
        [["ships"], false],
        ["/apis", "/apis/a.test/v1"],
      ],
    );
  }
});

for (const [title, answers] of [
  ["is not available", { "/apis": { status: 503 }, "/apis/a.test/v1": legacy("no") }],
  ["does not tell of the version", { "/apis": document({ version: "v2" }) }],
  ["does not tell of the group", { "/apis": { type: AGGREGATED, body: {} } }],
  ["refuses", { "/apis/a.test/v1": { status: 403, ...legacy("no") } }],
  ["speaks nonsense", { "/apis/a.test/v1": { body: "<html>" } }],
] as const)
  test(`a server that ${title} is shown with what it had before`, async () => {
    await using one = bench({ ...answers });
    await settle();
    assert.deepEqual(shown(one), [[], true]);
    one.answers["/apis"] = document(v1("ships"));
    await one.clock.advance(1500);
    assert.deepEqual(shown(one), [["ships"], false], "and asked again soon");
    Object.assign(one.answers, { "/apis": undefined, ...answers });
    if (!("/apis" in answers)) delete one.answers["/apis"];
    await one.clock.advance(60_000);
    assert.deepEqual(shown(one), [["ships"], true]);
  });

test("a server that does not answer is not waited for longer than five seconds", async () => {
  await using one = bench({ "/apis": undefined });
  await one.clock.advance(4999);
  assert.equal(shown(one), undefined);
  await one.clock.advance(1);
  assert.deepEqual(shown(one), [[], true]);
});

test("one that is said not to be there is not asked, and one that goes is shown no more", async () => {
  await using one = bench({ "/apis": document(v1("ships")) });
  await settle();
  one.set.set(new Map([[KEY, { ...API, isAvailable: false }]]));
  await settle();
  assert.deepEqual([shown(one), one.asked.length], [[["ships"], true], 1]);
  one.set.set(new Map([[KEY, API]]));
  await settle();
  assert.deepEqual([shown(one), one.asked.length], [[["ships"], false], 2]);
  one.set.set(new Map());
  await settle();
  assert.equal(shown(one), undefined);
});

test("it is asked every minute, and who waits is told when that is another answer", async () => {
  await using one = bench({ "/apis": document(v1("ships")) });
  await settle();
  const seen = one.discovery.current;
  const next = one.discovery.after(seen, new AbortController().signal);
  await one.clock.advance(60_000);
  assert.deepEqual([one.asked.length, one.discovery.current === seen], [2, true]);
  one.answers["/apis"] = document(v1("boats"));
  await one.clock.advance(60_000);
  assert.equal(await next, one.discovery.current);
  assert.deepEqual(shown(one), [["boats"], false]);
});
