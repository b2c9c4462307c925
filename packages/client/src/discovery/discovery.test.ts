import assert from "node:assert/strict";
import { test } from "node:test";
import { AsyncQueue, FakeClock, seededRandom, settle, silentLogger } from "@dingi/base";
import { Client } from "../client.ts";
import type { StreamResponse, Transport, TransportRequest } from "../transport/transport.ts";
import { Discovery } from "./discovery.ts";

const resource = (plural: string, kind: string) => ({
  resource: plural,
  responseKind: { kind },
  scope: "Namespaced",
  verbs: ["list", "watch"],
});

/** A server whose groups the test chooses, and that waits for changes when it knows how. */
class Server implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly asked: string[] = [];
  readonly discovery: Discovery;
  /** Answers are refused while there is one. */
  failure: Error | undefined;
  #plurals: readonly string[] = [];
  #changes = new AsyncQueue<void>();
  readonly #waits: boolean;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor({ waits }: { readonly waits: boolean }) {
    this.#waits = waits;
    const transport = { stream: (request: TransportRequest) => this.#answer(request) } as unknown as Transport;
    const client = new Client(transport);
    const { clock } = this;
    this.discovery = new Discovery({ client, clock, random: seededRandom(1), logger: silentLogger, kinds: [] });
    this.#running = this.discovery.run(this.#stop.signal);
  }

  get shown(): readonly string[] {
    return this.discovery.current.resources.map(({ plural }) => plural);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  serve(...plurals: string[]): void {
    this.#plurals = plurals;
    this.#changes.push();
  }

  async #answer({ path, headers = {} }: TransportRequest): Promise<StreamResponse> {
    this.asked.push(`${path} ${headers["if-none-match"] ?? "-"} ${headers["prefer"] ?? "-"}`);
    const prefers = headers["prefer"] !== undefined && headers["if-none-match"] !== undefined;
    if (this.#waits && prefers && headers["if-none-match"] === this.#etag(path)) await this.#changes.take(this.signal);
    if (this.failure) throw this.failure;
    const etag = this.#etag(path);
    const status = headers["if-none-match"] === etag ? 304 : 200;
    const applied = this.#waits && prefers ? { "preference-applied": "wait=60" } : {};
    const resources = this.#plurals.map((plural) => resource(plural, plural));
    const items =
      path === "/api" ? [] : [{ metadata: { name: "example.org" }, versions: [{ version: "v1", resources }] }];
    const body = (async function* () {
      yield await Promise.resolve(Buffer.from(JSON.stringify({ items })));
    })();
    return { status, headers: { etag, ...applied }, body, [Symbol.asyncDispose]: () => Promise.resolve() };
  }

  #etag(path: string): string {
    return path === "/api" ? '"core"' : `"${this.#plurals.join()}"`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("The test is over"));
    await this.#running;
  }
}

const FOREVER = new AbortController().signal;

function answerOf(etag: string, ...plurals: string[]): StreamResponse {
  const resources = plurals.map((plural) => resource(plural, plural));
  const items = [{ metadata: {}, versions: [{ version: "v1", resources }] }];
  const body = (async function* () {
    yield await Promise.resolve(Buffer.from(JSON.stringify({ items })));
  })();
  return { status: 200, headers: { etag: `"${etag}"` }, body, [Symbol.asyncDispose]: () => Promise.resolve() };
}

function over(stream: Transport["stream"]): Discovery {
  const client = new Client({ stream } as unknown as Transport);
  return new Discovery({ client, clock: new FakeClock(), random: seededRandom(1), logger: silentLogger, kinds: [] });
}

const quiet = async () => {
  for (let turn = 0; turn < 5; turn++) await settle();
};

test("a change is known as soon as the server tells of it, without asking again and again", async () => {
  await using server = new Server({ waits: true });
  await quiet();
  await server.clock.advance(25);
  await quiet();
  const asked = server.asked.length;
  await server.clock.advance(20_000);
  assert.equal(server.asked.length, asked);
  const seen = server.discovery.current;
  const told = server.discovery.after(seen, server.signal);
  server.serve("boats");
  assert.equal(await told, server.discovery.current);
  assert.deepEqual(server.shown, ["boats"]);
  server.serve("boats", "rafts");
  server.serve("rafts");
  await server.clock.advance(25);
  await quiet();
  assert.deepEqual(server.shown, ["rafts"]);
});

test("a server that does not wait is asked every half minute", async () => {
  await using server = new Server({ waits: false });
  await quiet();
  await server.clock.advance(25);
  await quiet();
  const asked = server.asked.length;
  server.serve("boats");
  await server.clock.advance(29_000);
  assert.equal(server.asked.length, asked);
  await server.clock.advance(1000);
  await quiet();
  assert.deepEqual(server.shown, ["boats"]);
});

test("who cannot wait learns what is served now, and all others with him", async () => {
  await using server = new Server({ waits: false });
  await quiet();
  server.serve("boats");
  const told = server.discovery.after(server.discovery.current, server.signal);
  const mapper = await server.discovery.refresh(server.signal);
  assert.deepEqual(server.shown, ["boats"]);
  assert.equal(await told, mapper);
  assert.equal(await server.discovery.refresh(server.signal), mapper);
  assert.equal(server.asked.at(-1), '/apis "boats" -');
});

test("nothing is known before all is", async () => {
  const answers = new AsyncQueue<StreamResponse>();
  const asked: string[] = [];
  const stream = async ({ path }: TransportRequest) => {
    asked.push(path);
    if (path === "/api") return answerOf("core", "pods");
    return (await answers.take()).value!;
  };
  const discovery = over(stream);
  const first = discovery.refresh(FOREVER);
  await quiet();
  assert.deepEqual([asked.length, discovery.current.resources.length], [2, 0]);
  answers.push(answerOf("one", "boats"));
  assert.deepEqual(
    (await first).resources.map(({ plural }) => plural),
    ["pods", "boats"],
  );
});

test("an answer that is overtaken by a newer one changes nothing", async () => {
  const held = new AsyncQueue<void>();
  let answered = 0;
  const stream = async ({ path }: TransportRequest) => {
    if (path === "/api") return answerOf("core");
    if (++answered !== 2) return answerOf(`answer ${answered}`, answered === 1 ? "none" : "newer");
    await held.take();
    return answerOf("older", "older");
  };
  const discovery = over(stream);
  await discovery.refresh(FOREVER);
  const slow = discovery.refresh(FOREVER);
  await quiet();
  await discovery.refresh(FOREVER);
  held.push();
  await slow;
  assert.deepEqual(
    discovery.current.resources.map(({ plural }) => plural),
    ["newer"],
  );
});

test("failures are tried again, later each time, and what was known stays", async () => {
  await using server = new Server({ waits: true });
  server.serve("boats");
  await quiet();
  server.failure = new Error("away");
  server.serve("rafts");
  await server.clock.advance(25);
  await quiet();
  await assert.rejects(server.discovery.refresh(server.signal), /away/);
  assert.deepEqual(server.shown, ["boats"]);
  server.asked.length = 0;
  for (let passed = 0; passed < 3000; passed += 100) {
    await server.clock.advance(100);
    await quiet();
  }
  assert.ok(server.asked.length <= 6 && server.asked.length >= 2, server.asked.join("\n"));
  server.failure = undefined;
  await server.clock.advance(10_000);
  await quiet();
  assert.deepEqual(server.shown, ["rafts"]);
});
