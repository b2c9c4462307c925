import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import type { V1Container } from "@dingi/api";
import { dialingHost } from "../host/dialing-host-fixture.ts";
import { httpGet, httpGetRequest, portOf, urlOf, type HttpGetAction } from "./http-get.ts";

const LOOPBACK = "127.0.0.1";
const container = { name: "main", ports: [{ name: "web", containerPort: 7 }] } as V1Container;

/** Whatever host is named, it is this machine. */
const host = dialingHost(LOOPBACK);

async function serve(t: TestContext, answer: RequestListener): Promise<{ port: number; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, LOOPBACK, resolve);
  await promise;
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, seen };
}

const requestOf = (action: HttpGetAction) =>
  httpGetRequest(action, { container, podIp: LOOPBACK, userAgent: "kube-probe/1.37" });
const get = (action: HttpGetAction, signal = new AbortController().signal) =>
  httpGet(requestOf(action), { host, signal });

test("paths are sent as they are, without a fragment", () => {
  const targets = {
    "": "/",
    "/a?b=c#d": "/a?b=c",
    "a/../b": "/a/../b",
    "/with space": "/with%20space",
    "/100%": "/100%25",
    "/50%?x": "/50%25%3Fx",
    "http://elsewhere/x": "/x",
    "//elsewhere/x": "/x",
    "/%41": "/%41",
  };
  for (const [path, target] of Object.entries(targets)) assert.equal(requestOf({ port: 1, path }).target, target, path);
});

test("a header that comes again is sent again, and an empty User-Agent or Accept is none", async (t) => {
  const { port, seen } = await serve(t, (_request, response) => response.end());
  const headers = (...list: [string, string][]) => list.map(([name, value]) => ({ name, value }));
  await get({ port });
  await get({ port, httpHeaders: headers(["X-A", "1"], ["x-a", "2"], ["X-Empty", ""], ["Content-Length", "7"]) });
  await get({ port, httpHeaders: headers(["User-Agent", ""], ["Accept", ""]) });
  await get({ port, httpHeaders: headers(["user-agent", "me"], ["accept", "text/html"], ["Host", "example.test"]) });
  const [plain, repeated, empty, own] = seen.map(({ rawHeaders }) => rawHeaders.join(" "));
  const where = `${LOOPBACK}:${port}`;
  assert.equal(plain, `Host ${where} User-Agent kube-probe/1.37 Accept */* Connection close`);
  assert.equal(repeated, `Host ${where} User-Agent kube-probe/1.37 Accept */* X-A 1 x-a 2 X-Empty  Connection close`);
  assert.equal(empty, `Host ${where} Connection close`);
  assert.equal(own, "Host example.test user-agent me accept text/html Connection close");
});

test("a redirect within the host is followed, one to elsewhere is the answer", async (t) => {
  const { port, seen } = await serve(t, (request, response) => {
    const places: Readonly<Record<string, string>> = {
      "/near": "/there",
      "/port": `http://${LOOPBACK}:${port}/there`,
      "/far": `http://localhost:${port}/there`,
      "/round": "/round",
    };
    const location = places[request.url!];
    if (request.url === "/nowhere") response.writeHead(302);
    else if (location) response.writeHead(302, { location });
    response.end(request.url);
  });
  assert.deepEqual(await get({ port, path: "/near" }).then(({ body }) => body), "/there");
  assert.equal(seen.at(-1)?.headers.referer, `http://${LOOPBACK}:${port}/near`);
  assert.deepEqual((await get({ port, path: "/port" })).status, 200);
  const { status, body } = await get({ port, path: "/far" });
  assert.deepEqual([status, body], [302, "/far"]);
  assert.equal((await get({ port, path: "/nowhere" })).status, 302);
  seen.length = 0;
  await assert.rejects(get({ port, path: "/round" }), {
    message: `Get "http://${LOOPBACK}:${port}/round": stopped after 10 redirects`,
  });
  assert.equal(seen.length, 10);
});

test("the named host goes with a redirect that names none", async (t) => {
  const { port, seen } = await serve(t, (request, response) => {
    const near = request.url === "/near";
    if (near || request.url === "/full")
      response.writeHead(302, { location: near ? "/there" : `http://${LOOPBACK}:${port}/there` });
    response.end();
  });
  const httpHeaders = [{ name: "Host", value: "example.test" }];
  await get({ port, path: "/near", httpHeaders });
  await get({ port, path: "/full", httpHeaders });
  const named = seen.filter(({ url }) => url === "/there").map(({ headers }) => headers.host);
  assert.deepEqual(named, ["example.test", `${LOOPBACK}:${port}`]);
});

test("of a long answer the first 10 KiB are kept", async (t) => {
  const { port } = await serve(t, (request, response) => {
    response.write("x".repeat(100_000));
    if (request.url !== "/endless") response.end();
  });
  assert.equal((await get({ port })).body.length, 10 * 1024);
  assert.equal((await get({ port, path: "/endless" })).body.length, 10 * 1024);
});

test("what goes wrong is told in Go's words", async (t) => {
  const { port } = await serve(t, (request, response) => {
    if (request.url === "/end") response.destroy();
  });
  const url = `http://${LOOPBACK}:${port}`;
  await assert.rejects(get({ port, path: "/end" }), { message: `Get "${url}/end": EOF` });
  await assert.rejects(get({ port: 7 }), {
    message: `Get "http://${LOOPBACK}:7/": dial tcp ${LOOPBACK}:7: connect: connection refused`,
  });
  const stop = new AbortController();
  const asked = get({ port, path: "/wait" }, stop.signal);
  stop.abort(new Error("late"));
  await assert.rejects(asked, {
    message: `Get "${url}/wait": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  });
});

test("ports are numbers within their range, or names of the container's", () => {
  assert.equal(portOf("web", container), 7);
  assert.throws(() => portOf("other", container), { message: 'port "other" not found' });
  assert.throws(() => portOf("80", container), { message: 'port "80" not found' });
  assert.throws(() => portOf(70_000, container), { message: "invalid port number: 70000" });
});

test("an address of IPv6 stands in brackets", () => {
  const request = httpGetRequest({ port: 80 }, { container, podIp: "fd00::1", userAgent: "x" });
  assert.equal(urlOf(request), "http://[fd00::1]:80/");
});
