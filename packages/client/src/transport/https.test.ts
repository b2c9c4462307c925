import assert from "node:assert/strict";
import { once } from "node:events";
import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { StatusError } from "@dingi/apimachinery";
import { FakeClock, seededRandom, settle } from "@dingi/base";
import { HttpsTransport } from "./https.ts";

const { NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM: CALM, NGHTTP2_REFUSED_STREAM } = constants;

/** What is wrong here is often waited for in vain. */
const LIMIT = { timeout: 20_000 };

const get = (path: string, signal?: AbortSignal) => ({
  method: "GET" as const,
  path,
  query: new URLSearchParams(),
  ...(signal ? { signal } : {}),
});

/** A server that does with each request what the test says; "/open" is answered and stays open, as watches do. */
async function bench(
  t: TestContext,
  { token, ...settings }: { maxConcurrentStreams?: number; token?: () => string } = {},
) {
  const server = createServer({ settings });
  const sessions: ServerHttp2Session[] = [];
  const state = { act: answer as (stream: ServerHttp2Stream) => void, requests: 0 };
  const sockets: Socket[] = [];
  server.on("connection", (socket: Socket) => sockets.push(socket));
  server.on("session", (session) => {
    sessions.push(session);
    session.on("error", () => {});
  });
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    state.requests++;
    stream.on("error", () => {});
    if (headers[":path"] === "/open") stream.respond({ ":status": 200 });
    else state.act(stream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const clock = new FakeClock(0);
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const common = { server: address, userAgent: "x", clock, random: seededRandom(1) };
  const transport = new HttpsTransport({ ...common, ...(token ? { token } : {}) });
  t.after(async () => {
    await transport[Symbol.asyncDispose]();
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { server, sessions, sockets, state, clock, transport };
}

function answer(stream: ServerHttp2Stream): void {
  stream.respond({ ":status": 200 });
  stream.end("{}");
}

/** Whether it has settled by now. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = {};
  return (await Promise.race([promise, settle().then(() => pending)])) === pending;
}

const HARD: Readonly<Record<string, (stream: ServerHttp2Stream) => void>> = {
  "goes away": (stream) => stream.session!.goaway(CALM),
  "refuses each stream and keeps the connection": (stream) => stream.close(CALM),
};

for (const [what, act] of Object.entries(HARD)) {
  test(
    `a server that wants calm and ${what} is left alone, longer each time, and then asked on another connection`,
    LIMIT,
    async (t) => {
      const { transport, clock, sessions, state } = await bench(t);
      state.act = act;
      await assert.rejects(transport.request(get("/a")));
      const waits: number[] = [];
      for (let round = 0; round < 6; round++) {
        const asked = Promise.allSettled([transport.request(get("/a")), transport.request(get("/b"))]);
        let waited = 0;
        for (; (await isPending(asked)) && sessions.length === round + 1; waited += 100) await clock.advance(100);
        if (waited === 0) break;
        await asked;
        waits.push(waited);
      }
      assert.equal(waits.length, 6);
      assert.ok(
        waits.every((ms) => ms >= 1000),
        `at least a second each: ${waits}`,
      );
      assert.ok(waits[5]! >= 3000 && waits[5]! <= 10_000, `longer in the end, and not for ever: ${waits}`);
      assert.equal(sessions.length, 7, "one connection for all who waited");

      state.act = answer;
      const answered = transport.request(get("/a"));
      await clock.advance(10_000);
      assert.deepEqual(await answered, {});
    },
  );
}

test("a watch goes on where new requests are refused, and others get another connection", LIMIT, async (t) => {
  const { transport, clock, sessions, state } = await bench(t);
  await using watch = await transport.stream(get("/open"));
  state.act = (stream) => stream.close(CALM);
  await assert.rejects(transport.request(get("/a")));
  state.act = answer;
  const answered = transport.request(get("/a"));
  await clock.advance(2000);
  assert.deepEqual(await answered, {});
  assert.equal(sessions.length, 2);
  assert.equal(sessions[0]!.destroyed, false, "the watch is still there");
  assert.equal(watch.status, 200);
});

test("connections that are kept for watches are bounded: the oldest goes", LIMIT, async (t) => {
  const { transport, clock, sessions, state } = await bench(t);
  state.act = (stream) => stream.close(CALM);
  const watches = [];
  for (let round = 0; round < 20; round++) {
    const opening = transport.stream(get("/open"));
    await clock.advance(10_000);
    watches.push(await opening);
    await assert.rejects(transport.request(get("/a")));
  }
  const first = watches[0]!.body[Symbol.asyncIterator]();
  await assert.rejects(first.next().then(({ done }) => assert.ok(!done, "it has ended")));
  const alive = sessions.filter((session) => !session.destroyed).length;
  assert.ok(alive <= 16, `${alive} connections`);
});

test(
  "a server that is away is tried seldom, by one of all who wait, and whoever leaves need not wait",
  LIMIT,
  async (t) => {
    const { transport, clock, server, sessions, state } = await bench(t);
    const { port } = server.address() as AddressInfo;
    await transport.request(get("/a"));
    sessions[0]!.destroy();
    await new Promise((resolve) => server.close(resolve));
    let asked = 0;
    const gone = new AbortController();
    const leaving = assert.rejects(
      (async () => {
        for (let i = 0; i < 100; i++) await transport.request(get("/a", gone.signal)).catch(rethrowIf(gone.signal));
      })(),
      { message: "left" },
    );
    const loop = (async () => {
      while (asked < 100) {
        asked++;
        const found = await transport.request(get("/a")).catch(() => undefined);
        if (found) return;
      }
    })();
    for (let second = 0; second < 60; second++) {
      // The attempt that is under way takes no time on this clock.
      for (let i = 0; clock.pending === 0 && i < 1000; i++) await settle();
      await clock.advance(1000);
    }
    assert.ok(asked >= 5 && asked <= 60, `asked ${asked} times in a minute`);
    gone.abort(new Error("left"));
    await leaving;

    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    state.act = answer;
    await clock.advance(10_000);
    await loop;
  },
);

test("who waits for a connection is bounded in number", LIMIT, async (t) => {
  const { transport, clock, state } = await bench(t);
  state.act = (stream) => stream.close(CALM);
  await assert.rejects(transport.request(get("/a")));
  const stop = new AbortController();
  const waiting = Array.from({ length: 1000 }, () => transport.request(get("/a", stop.signal)));
  await settle();
  await assert.rejects(transport.request(get("/a")), { code: 503 });
  stop.abort(new Error("enough"));
  const outcomes = await Promise.allSettled(waiting);
  assert.ok(outcomes.every(({ status }) => status === "rejected"));
  state.act = answer;
  const answered = transport.request(get("/a"));
  await clock.advance(10_000);
  assert.deepEqual(await answered, {});
});

test("more watches than a connection may have do not keep requests from being answered", LIMIT, async (t) => {
  const { transport, sessions } = await bench(t, { maxConcurrentStreams: 10 });
  assert.deepEqual(await transport.request(get("/a")), {});
  const watches = await Promise.all(Array.from({ length: 25 }, () => transport.stream(get("/open"))));
  assert.deepEqual(await transport.request(get("/a")), {});
  assert.equal(sessions.length, 3);
  for (const watch of watches) await watch[Symbol.asyncDispose]();
});

test("many requests at once wait to hear how many a connection takes, and then share it", LIMIT, async (t) => {
  const { transport, sessions } = await bench(t, { maxConcurrentStreams: 1000 });
  const answers = await Promise.all(Array.from({ length: 150 }, () => transport.request(get("/a"))));
  assert.equal(answers.length, 150);
  assert.equal(sessions.length, 1);
});

test(
  "a connection that held for long is followed at once, also when the server ended it in good order",
  LIMIT,
  async (t) => {
    const { transport, clock, sessions, sockets } = await bench(t);
    await transport.request(get("/a"));
    await clock.advance(30_000);
    await closed(sessions[0]!, sockets[0]!);
    assert.deepEqual(await transport.request(get("/a")), {});
    await closed(sessions[1]!, sockets[1]!);
    const soon = transport.request(get("/a"));
    assert.ok(await isPending(soon), "the next one has to wait");
    await clock.advance(1000);
    assert.deepEqual(await soon, {});
  },
);

test("a token that cannot be read does not cost the connection", LIMIT, async (t) => {
  let token: string | undefined = "t";
  const read = () => token ?? assert.fail("The file is gone");
  const { transport, sessions } = await bench(t, { token: read });
  await transport.request(get("/a"));
  token = undefined;
  for (let i = 0; i < 3; i++) await assert.rejects(transport.request(get("/b")), /The file is gone/);
  token = "t";
  await transport.request(get("/c"));
  assert.equal(sessions.length, 1);
});

test("a stream that is refused for another reason does not cost the connection", LIMIT, async (t) => {
  const { transport, sessions, state } = await bench(t);
  state.act = (stream) => stream.close(NGHTTP2_REFUSED_STREAM);
  await assert.rejects(transport.request(get("/a")));
  state.act = answer;
  assert.deepEqual(await transport.request(get("/a")), {});
  assert.equal(sessions.length, 1);
});

/** In good order, as a server does that ends, until the client has closed its side, too. */
async function closed(session: ServerHttp2Session, socket: Socket): Promise<void> {
  const socketClosed = once(socket, "close");
  session.close();
  await socketClosed;
  await settle();
}

function rethrowIf(signal: AbortSignal): (error: unknown) => undefined {
  return (error) => {
    if (signal.aborted) throw error;
    return undefined;
  };
}

test(
  "who asks for what has changed since his copy is told that nothing has, and sends what he has to say",
  LIMIT,
  async (t) => {
    const { server, transport } = await bench(t);
    const headers: Record<string, string | undefined>[] = [];
    server.removeAllListeners("stream");
    server.on("stream", (stream: ServerHttp2Stream, sent) => {
      headers.push(sent as Record<string, string>);
      stream.respond({ ":status": 304, etag: '"a"' });
      stream.end();
    });
    const own = { "if-none-match": '"a"', prefer: "wait=60", accept: "text/plain" };
    await using response = await transport.stream({ ...get("/apis"), headers: own });
    assert.deepEqual([response.status, response.headers["etag"]], [304, '"a"']);
    const [sent] = headers;
    assert.deepEqual(
      [sent?.["if-none-match"], sent?.["prefer"], sent?.["accept"]],
      ['"a"', "wait=60", "application/json"],
    );
  },
);

test(
  "with other certificates requests go on over another connection, and a watch stays on its own",
  LIMIT,
  async (t) => {
    const { transport, sessions } = await bench(t);
    const open = await transport.stream(get("/open"));
    transport.renew({ ca: "another" });
    assert.deepEqual(await transport.request(get("/a")), {});
    assert.equal(sessions.length, 2, "at once: nothing was wrong with the first");
    assert.equal(sessions[0]!.destroyed, false);
    const body = open.body[Symbol.asyncIterator]();
    const next = body.next();
    assert.equal(await isPending(next), true);
    await open[Symbol.asyncDispose]();
    await next.catch(() => {});
    await once(sessions[0]!, "close");
  },
);

/** What the server was sent, with its body; it answers each request with `{}`. */
function record(server: Http2Server) {
  const requests: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  server.removeAllListeners("stream");
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    let body = "";
    stream.on("data", (chunk: Buffer) => (body += chunk.toString()));
    stream.on("end", () => {
      requests.push({ headers, body });
      answer(stream);
    });
  });
  return requests;
}

test("a request carries its query, its body, and who asks", LIMIT, async (t) => {
  const { server, transport } = await bench(t, { token: () => "secret" });
  const requests = record(server);
  const query = new URLSearchParams({ limit: "1" });
  await transport.request({ method: "POST", path: "/maps", query, body: { a: 1 } });
  await transport.request({ ...get("/maps"), method: "PATCH", body: [], contentType: "x/y", accept: "z/z" });
  await transport.request(get("/maps"));
  const pick = (name: string) => requests.map(({ headers }) => headers[name]);
  assert.deepEqual(pick(":path"), ["/maps?limit=1", "/maps", "/maps"]);
  assert.deepEqual(pick(":method"), ["POST", "PATCH", "GET"]);
  assert.deepEqual(pick("content-type"), ["application/json", "x/y", undefined]);
  assert.deepEqual(pick("accept"), ["application/json", "z/z", "application/json"]);
  assert.deepEqual(pick("user-agent"), ["x", "x", "x"]);
  assert.deepEqual(pick("authorization"), ["Bearer secret", "Bearer secret", "Bearer secret"]);
  assert.deepEqual(
    requests.map(({ body }) => body),
    ['{"a":1}', "[]", ""],
  );
});

test("a watch tells its lines as they come", LIMIT, async (t) => {
  const { transport, state } = await bench(t);
  state.act = (stream) => {
    stream.respond({ ":status": 200 });
    stream.end('{"type":"ADDED"}\n{"type":"DELETED"}\n');
  };
  const told: unknown[] = [];
  for await (const events of transport.watch(get("/w"))) told.push(...events.map(({ type }) => type));
  assert.deepEqual(told, ["ADDED", "DELETED"]);
});

test("who leaves a stream cancels it", LIMIT, async (t) => {
  const { server, transport } = await bench(t);
  const left = Promise.withResolvers<number | undefined>();
  server.on("stream", (stream: ServerHttp2Stream) => stream.once("close", () => left.resolve(stream.rstCode)));
  const watch = await transport.stream(get("/open"));
  await watch[Symbol.asyncDispose]();
  assert.equal(await left.promise, NGHTTP2_CANCEL);
});

test("who stops is told his own reason, before an answer and within one", LIMIT, async (t) => {
  const { transport, state } = await bench(t);
  const asked = Promise.withResolvers<void>();
  state.act = () => asked.resolve();
  const reason = new Error("enough");
  const stop = new AbortController();
  const waiting = assert.rejects(transport.request(get("/a", stop.signal)), reason);
  const watch = await transport.stream(get("/open", stop.signal));
  const reading = assert.rejects(watch.body[Symbol.asyncIterator]().next(), reason);
  await asked.promise;
  stop.abort(reason);
  await Promise.all([waiting, reading]);
});

test(
  "a connection that is lost before the answer is an error, and one that cannot be made says why",
  LIMIT,
  async (t) => {
    const { transport, state, clock, sockets, server } = await bench(t);
    state.act = (stream) => stream.session!.destroy();
    await assert.rejects(transport.request(get("/a")));
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    const refused = assert.rejects(transport.request(get("/a")), ({ cause }: Error) => {
      assert.equal((cause as NodeJS.ErrnoException | undefined)?.code, "ECONNREFUSED");
      return true;
    });
    await clock.advance(10_000);
    await refused;
  },
);

test("a refusal is an error with the server's words, and how long to wait", LIMIT, async (t) => {
  const { transport, state } = await bench(t);
  state.act = (stream) => {
    stream.respond({ ":status": 429, "retry-after": "7" });
    stream.end("too many");
  };
  const error = await transport.request(get("/a")).catch((failed: unknown) => failed as StatusError);
  assert.ok(error instanceof StatusError);
  assert.deepEqual([error.code, error.message, error.status.details?.retryAfterSeconds], [429, "too many", 7]);
});

test("a client that is closed asks for nothing more, and whoever waits is told", LIMIT, async (t) => {
  const { transport, state } = await bench(t);
  state.act = (stream) => stream.close(CALM);
  await assert.rejects(transport.request(get("/a")));
  const waiting = assert.rejects(transport.request(get("/a")), { message: "The client is closed" });
  await transport[Symbol.asyncDispose]();
  await waiting;
  await assert.rejects(transport.request(get("/b")), { message: "The client is closed" });
});
