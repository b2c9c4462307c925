import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { request as httpsRequest } from "node:https";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { after, before, test } from "node:test";
import { seededRandom, silentLogger } from "@dingi/base";
import { createCertificateAuthority } from "@dingi/component-base";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { HttpServer } from "./http-server.ts";

const LIFE = { notBefore: Date.parse("2020-01-01T00:00:00Z"), notAfter: Date.parse("2120-01-01T00:00:00Z") };
const ca = await createCertificateAuthority({ commonName: "ours", random: seededRandom(1), ...LIFE });
const other = await createCertificateAuthority({ commonName: "theirs", random: seededRandom(2), ...LIFE });
const served = ca.issue({
  subject: { commonName: "localhost" },
  usages: ["server auth"],
  dnsNames: ["localhost"],
  ipAddresses: ["127.0.0.1"],
  ...LIFE,
});
const ADMIN = { commonName: "admin", organizations: ["system:masters"] };
const admin = ca.issue({ subject: ADMIN, usages: ["client auth"], ...LIFE });
const impostor = other.issue({ subject: ADMIN, usages: ["client auth"], ...LIFE });
const wrongUsage = ca.issue({ subject: ADMIN, usages: ["server auth"], ...LIFE });

let api: TestServer;
let server: HttpServer;
let port: number;

before(async () => {
  api = await startTestServer();
  server = new HttpServer({
    handler: api.server.handler,
    cert: served.certificatePem,
    key: served.keyPem,
    clientCa: ca.certificatePem,
    logger: silentLogger,
  });
  ({ port } = await server.listen({ host: "127.0.0.1", port: 0 }));
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

const MAPS = "/api/v1/namespaces/default/configmaps";

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly certificate?: { readonly certificatePem: string; readonly keyPem: string } | null;
}

async function send(sent: Sent): Promise<{ status: number | undefined; text: string }> {
  const { method = "GET", path = MAPS, headers = {}, body, certificate = admin } = sent;
  const shown = certificate ? { cert: certificate.certificatePem, key: certificate.keyPem } : {};
  const options = { host: "127.0.0.1", port, method, path, ca: ca.certificatePem, agent: false, ...shown };
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const request = httpsRequest({ ...options, headers: { "content-type": "application/json", ...length, ...headers } });
  const answered = once(request, "response") as Promise<[NodeJS.ReadableStream & { statusCode?: number }]>;
  request.on("error", () => {});
  request.end(body);
  const [response] = await answered;
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, text };
}

async function open(certificate = admin): Promise<TLSSocket> {
  const shown = { cert: certificate.certificatePem, key: certificate.keyPem };
  const socket = connectTls({ host: "127.0.0.1", port, ca: ca.certificatePem, ...shown });
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  return socket;
}

/** Whatever came before, the next client is served. */
async function assertAlive(): Promise<void> {
  assert.equal((await send({ path: "/version" })).status, 200);
}

const post = (text: string, type = "application/json", query = "") =>
  send({ method: "POST", path: `${MAPS}${query}`, headers: { "content-type": type }, body: text });

const REFUSED: readonly [title: string, sent: Sent, status: number][] = [
  ["a certificate of another authority", { certificate: impostor }, 401],
  ["a certificate for another use", { certificate: wrongUsage }, 401],
  ["no certificate and no token", { certificate: null }, 403],
  ["a token that is none", { certificate: null, headers: { authorization: "Bearer a.b.c" } }, 401],
  ["a token that is no JSON", { certificate: null, headers: { authorization: "Bearer eyJ.eyJ.eyJ" } }, 401],
  ["credentials of another kind", { certificate: null, headers: { authorization: "Basic YTpi" } }, 403],
];

for (const [title, sent, status] of REFUSED) {
  test(`${status}: ${title}`, async () => {
    const answer = await send(sent);
    assert.equal(answer.status, status, answer.text);
    assert.partialDeepStrictEqual(JSON.parse(answer.text), { kind: "Status", status: "Failure", code: status });
  });
}

test("A good token is enough beside a bad certificate", async () => {
  await api.send({ method: "POST", url: "/api/v1/namespaces/default/serviceaccounts", body: named("default") });
  const url = "/api/v1/namespaces/default/serviceaccounts/default/token";
  const { text } = await api.send({ method: "POST", url, body: {} });
  const { token } = (JSON.parse(text) as { status: { token: string } }).status;
  const answer = await send({ certificate: impostor, headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 403);
  assert.match(answer.text, /system:serviceaccount:default:default/);
});

const named = (name: string, more: object = {}) => ({ metadata: { name }, ...more });

test("413: a body of 4 MiB, whether its length is told or not", async () => {
  const body = JSON.stringify(named("big", { data: { a: "x".repeat(4 * 1024 * 1024) } }));
  assert.equal((await post(body)).status, 413);
  const socket = await open();
  socket.write(
    `POST ${MAPS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  socket.write(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
  const [head] = (await once(socket, "data")) as [Buffer];
  assert.match(head.toString(), /^HTTP\/1\.1 413 /);
  socket.destroy();
  await assertAlive();
});

const NESTED = 20_000;
const DEEP: readonly [title: string, text: string, type: string][] = [
  ["lists", `{"metadata":{"name":"deep"},"x":${"[".repeat(NESTED)}${"]".repeat(NESTED)}}`, "application/json"],
  ["objects", `{"metadata":{"name":"deep"},"x":${'{"a":'.repeat(NESTED)}1${"}".repeat(NESTED)}}`, "application/json"],
  ["YAML", `metadata: {name: deep}\nx: ${"[".repeat(NESTED)}${"]".repeat(NESTED)}`, "application/yaml"],
];

for (const [title, text, type] of DEEP) {
  test(`400: ${title} nested deeper than 10,000`, async () => {
    const answer = await post(text, type);
    assert.equal(answer.status, 400, answer.text.slice(0, 300));
    await assertAlive();
  });
}

test("400: aliases in YAML that grow without end", async () => {
  const levels = Array.from({ length: 30 }, (_, i) => `l${i + 1}: &l${i + 1} [*l${i},*l${i},*l${i},*l${i},*l${i}]`);
  const bomb = ["metadata: {name: bomb}", "l0: &l0 [x,x,x,x,x]", ...levels].join("\n");
  const answer = await post(bomb, "application/yaml");
  assert.equal(answer.status, 400, answer.text.slice(0, 300));
  await assertAlive();
});

test("Keys that mean something to JavaScript are keys", async () => {
  const answer = await post(
    `{"metadata":{"name":"proto","labels":{"constructor":"l"}},"data":{"toString":"t"},"__proto__":{"leak":"x"}}`,
  );
  assert.equal(answer.status, 201, answer.text);
  const made = JSON.parse(answer.text) as { data: object; metadata: { labels: object } };
  assert.deepEqual(Object.entries(made.data), [["toString", "t"]]);
  assert.deepEqual(Object.entries(made.metadata.labels), [["constructor", "l"]]);
  assert.equal(({} as Record<string, unknown>)["leak"], undefined);
});

test("YAML with a key that comes twice is refused when it shall be strict", async () => {
  const text = "metadata:\n  name: twice\ndata:\n  a: '1'\n  a: '2'\n";
  const answer = await post(text, "application/yaml", "?fieldValidation=Strict");
  assert.equal(answer.status, 400);
  assert.match(answer.text, /already set in map/);
});

test("431: headers that are too large", async () => {
  const answer = await send({ headers: { "x-large": "x".repeat(64 * 1024) } });
  assert.equal(answer.status, 431);
  await assertAlive();
});

test("A body of which half is sent harms nobody", async () => {
  const socket = await open();
  socket.write(
    `POST ${MAPS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"metadata"`,
  );
  await assertAlive();
  socket.destroy();
  await assertAlive();
  const { text } = await send({ path: `${MAPS}?fieldSelector=metadata.name=half` });
  assert.deepEqual((JSON.parse(text) as { items: unknown[] }).items, []);
});

test("A body that ends before its length is over is answered or cut, and the server goes on", async () => {
  const socket = await open();
  socket.end(`POST ${MAPS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{}`);
  socket.resume();
  await once(socket, "close");
  await assertAlive();
});

test("Half a request line, and a client that then only waits, hold nobody up", async () => {
  const sockets = await Promise.all(Array.from({ length: 20 }, () => open()));
  for (const socket of sockets) socket.write("GET /api/v1/nam");
  await assertAlive();
  for (const socket of sockets) socket.destroy();
});

test("400: text that is no HTTP", async () => {
  const socket = await open();
  socket.write("\u0000\u0001\u0002 what is this\r\n\r\n");
  const [data] = (await once(socket, "data")) as [Buffer];
  assert.match(data.toString(), /^HTTP\/1\.1 400 /);
  socket.destroy();
  await assertAlive();
});

test("A client that does not read a watch holds nobody up", async () => {
  const session = connectHttp2(`https://127.0.0.1:${port}`, {
    ca: ca.certificatePem,
    cert: admin.certificatePem,
    key: admin.keyPem,
  });
  const slow = session.request({ ":path": `${MAPS}?watch=1` });
  slow.pause();
  await once(slow, "response");
  for (let i = 0; i < 20; i++) {
    const { status } = await post(JSON.stringify(named(`slow-${i}`, { data: { a: "x".repeat(50_000) } })));
    assert.equal(status, 201);
  }
  await assertAlive();
  slow.close();
  session.destroy();
});
