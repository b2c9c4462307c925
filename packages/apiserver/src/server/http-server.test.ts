import assert from "node:assert/strict";
import { request as httpsRequest } from "node:https";
import { connect, type ClientHttp2Session, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from "node:http2";
import { connect as connectTls } from "node:tls";
import { suite, test } from "node:test";
import type { ApiHandler, ApiRequest, ApiResponse, StatusError } from "@dingi/apimachinery";
import { aborted, seededRandom, silentLogger } from "@dingi/base";
import { createCertificateAuthority } from "@dingi/component-base";
import { HttpServer } from "./http-server.ts";

const DAY_MS = 86_400_000;
const YEAR_2026 = Date.parse("2026-01-01T00:00:00Z");
const ca = await createCertificateAuthority({
  commonName: "test",
  random: seededRandom(1),
  notBefore: YEAR_2026,
  notAfter: YEAR_2026 + 36_500 * DAY_MS,
});
const served = ca.issue({
  subject: { commonName: "localhost" },
  usages: ["server auth"],
  dnsNames: ["localhost"],
  ipAddresses: ["127.0.0.1"],
  notBefore: YEAR_2026,
  notAfter: YEAR_2026 + 36_500 * DAY_MS,
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

async function serve(handle: ApiHandler["handle"]) {
  const server = new HttpServer({
    handler: { handle },
    cert: served.certificatePem,
    key: served.keyPem,
    clientCa: ca.certificatePem,
    logger: silentLogger,
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  return Object.assign(server, { port });
}

function sendHttp2(session: ClientHttp2Session, { method = "GET", path, body }: Sent): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const stream = session.request({ ":method": method, ":path": path });
  let headers: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
  let text = "";
  stream.on("response", (received) => (headers = received));
  stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  stream.on("end", () => resolve({ status: headers[":status"], headers, text }));
  stream.on("error", reject);
  stream.end(body);
  return promise;
}

function sendHttp1(port: number, { method = "GET", path, body, headers = {} }: Sent): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const to = { host: "127.0.0.1", port, path, method, headers };
  const request = httpsRequest({ ...to, ca: ca.certificatePem, agent: false });
  request.on("response", (response) => {
    let text = "";
    response.on("data", (chunk: Buffer) => (text += chunk.toString()));
    response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
  });
  request.on("error", reject);
  request.end(body);
  return promise;
}

/** The same request over both versions of HTTP. */
async function sendBoth(handle: ApiHandler["handle"], sent: Sent): Promise<readonly [Answer, Answer]> {
  await using server = await serve(handle);
  const session = connect(`https://127.0.0.1:${server.port}`, { ca: ca.certificatePem });
  try {
    return [await sendHttp1(server.port, sent), await sendHttp2(session, sent)];
  } finally {
    session.destroy();
  }
}

const plain = (text: string): ApiResponse => ({
  status: 200,
  headers: { "content-type": "text/plain" },
  body: Buffer.from(text),
});

async function echo(request: ApiRequest): Promise<ApiResponse> {
  const body = await request.readBody?.(1000).catch((error: StatusError) => Buffer.from(String(error.code)));
  return plain(`${request.method} ${request.path} ${request.query.get("a") ?? "-"} ${Buffer.from(body ?? [])}`);
}

suite("HTTP server", () => {
  test("a request without a body is answered alike over HTTP/1.1 and HTTP/2", async () => {
    for (const answer of await sendBoth(echo, { path: "/x?a=1" })) {
      assert.equal(answer.status, 200);
      assert.equal(answer.text, "GET /x 1 ");
      assert.equal(answer.headers["content-length"], String(answer.text.length));
    }
  });

  test("a body is read whole", async () => {
    for (const answer of await sendBoth(echo, { method: "POST", path: "/x", body: "hello" }))
      assert.equal(answer.text, "POST /x - hello");
  });

  test("a body of a request that would also change protocols is read whole", async () => {
    await using server = await serve(echo);
    const headers = { connection: "upgrade", upgrade: "h2c" };
    const { text } = await sendHttp1(server.port, { method: "POST", path: "/x", body: "hello", headers });
    assert.equal(text, "POST /x - hello");
  });

  test("a body over the limit is refused, and what is still sent harms nobody", async () => {
    for (const answer of await sendBoth(echo, { method: "POST", path: "/x", body: Buffer.alloc(300_000) }))
      assert.equal(answer.text, "POST /x - 413");
  });

  test("a body that nobody reads does not hold the answer back", async () => {
    const handle = () => Promise.resolve({ ...plain("no"), status: 401 });
    for (const answer of await sendBoth(handle, { method: "POST", path: "/x", body: Buffer.alloc(300_000) }))
      assert.deepEqual([answer.status, answer.text], [401, "no"]);
  });

  test("HEAD gets headers only, and a stream behind it is ended", async () => {
    let ended = 0;
    async function* body() {
      try {
        yield Buffer.from("unseen");
      } finally {
        ended++;
      }
    }
    const iterable = () => {
      const iterator = body();
      void iterator.next();
      return iterator;
    };
    const handle = () => Promise.resolve({ status: 200, headers: { "x-a": "1" }, body: iterable() });
    for (const answer of await sendBoth(handle, { method: "HEAD", path: "/x" }))
      assert.deepEqual([answer.status, answer.headers["x-a"], answer.text], [200, "1", ""]);
    assert.equal(ended, 2);
  });

  test("a stream reaches the client chunk by chunk", async () => {
    async function* body() {
      yield Buffer.from("one ");
      await Promise.resolve();
      yield Buffer.from("two");
    }
    for (const answer of await sendBoth(() => Promise.resolve({ status: 200, headers: {}, body: body() }), {
      path: "/",
    }))
      assert.equal(answer.text, "one two");
  });

  test("a client that goes away ends the stream behind its answer", async () => {
    const gone = Promise.withResolvers<string>();
    async function* body(signal: AbortSignal) {
      try {
        yield Buffer.from("first");
        const { promise, resolve } = Promise.withResolvers<void>();
        signal.addEventListener("abort", () => resolve(), { once: true });
        await promise;
      } finally {
        gone.resolve(signal.aborted ? "aborted" : "ended");
      }
    }
    await using server = await serve((request) =>
      Promise.resolve({ status: 200, headers: {}, body: body(request.signal) }),
    );
    const session = connect(`https://127.0.0.1:${server.port}`, { ca: ca.certificatePem });
    const stream = session.request({ ":path": "/" });
    stream.on("data", () => stream.close());
    assert.equal(await gone.promise, "aborted");
    session.destroy();
  });

  test("a failure of the handler ends its own stream only", async () => {
    await using server = await serve((request) =>
      request.path === "/bad" ? Promise.reject(new Error("no")) : Promise.resolve(plain("fine")),
    );
    const session = connect(`https://127.0.0.1:${server.port}`, { ca: ca.certificatePem });
    await assert.rejects(sendHttp2(session, { path: "/bad" }), /NGHTTP2_INTERNAL_ERROR/);
    assert.equal((await sendHttp2(session, { path: "/good" })).text, "fine");
    session.destroy();
  });

  /** What comes back on a connection that asked to change protocols, until it ends. */
  async function sendUpgrade(handle: ApiHandler["handle"], after = ""): Promise<string> {
    await using server = await serve(handle);
    const socket = connectTls({ host: "127.0.0.1", port: server.port, ca: ca.certificatePem });
    const head = ["GET /x?a=1 HTTP/1.1", "host: x", "connection: Upgrade", "upgrade: SPDY/3.1", "", ""];
    socket.write(`${head.join("\r\n")}${after}`);
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    return text;
  }

  test("whoever grants an upgrade has the connection, with what was sent already", async () => {
    const left = Promise.withResolvers<boolean>();
    const echoed = await sendUpgrade(async (request) => {
      const socket = request.upgrade!();
      socket.once("data", (chunk: Buffer) => socket.end(`${request.method} ${request.path} ${chunk.toString()}`));
      socket.once("close", () => left.resolve(request.signal.aborted));
      return await Promise.resolve({ status: 101, headers: {}, upgraded: true });
    }, "early");
    assert.equal(echoed, "GET /x early");
    assert.equal(await left.promise, false, "who has the connection sees himself that it ends");
  });

  test("an upgrade that is not granted is answered, and one whose handler fails is not", async () => {
    const refused = await sendUpgrade(async () => await Promise.resolve({ ...plain("no"), status: 403 }));
    assert.match(refused, /^HTTP\/1\.1 403 Forbidden\r\n/);
    assert.match(refused, /\r\n\r\nno$/);
    assert.equal(await sendUpgrade(() => Promise.reject(new Error("no"))), "");
  });

  test("a client that goes away before its upgrade is granted is gone", async () => {
    const gone = Promise.withResolvers<void>();
    await using server = await serve(async (request) => {
      socket.destroy();
      await aborted(request.signal);
      gone.resolve();
      return plain("late");
    });
    const socket = connectTls({ host: "127.0.0.1", port: server.port, ca: ca.certificatePem });
    socket.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: x\r\n\r\n");
    await gone.promise;
  });
});
