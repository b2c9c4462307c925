import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dialer } from "@dingi/apimachinery";
import { createCertificateAuthority } from "@dingi/component-base";
import { seededRandom } from "@dingi/base";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { peerOf } from "../testing/peer.ts";

const NAMESPACE = "/api/v1/namespaces/default";
const PAGE = '<a href="/rewriteme">test</a>';

/** What the pod of the tests answers. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { url = "", headers, method } = request;
  if (url.startsWith("/page")) response.setHeader("content-type", "text/html; charset=utf-8").end(PAGE);
  else if (url === "/gzip") {
    response.writeHead(200, { "content-type": "text/html", "content-encoding": "gzip" }).end(gzipSync(PAGE));
  } else if (url === "/elsewhere") response.writeHead(302, { location: "/login?next=/" }).end();
  else if (url === "/open") response.writeHead(200, { "access-control-allow-origin": "*" }).end("x");
  else response.end(JSON.stringify({ url, method, host: headers.host, uri: headers["x-forwarded-uri"] }));
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));

describe("Requests to pods and Services by way of the API server", () => {
  let api: TestServer;
  const dialled: string[] = [];
  const plain = createServer(answer);
  let secure: Server;

  before(async () => {
    const validity = { notBefore: Date.UTC(2020), notAfter: Date.UTC(2100) };
    const ca = await createCertificateAuthority({ commonName: "pod", random: seededRandom(2), ...validity });
    secure = createTlsServer({ cert: ca.certificatePem, key: ca.keyPem }, answer);
    const [port, securePort] = [await listen(plain), await listen(secure)];
    const dialer: Dialer = {
      dial: (target) => {
        const to = target as { host: string; port: number };
        dialled.push(`${to.host}:${to.port}`);
        return Promise.resolve(connect(to.port % 1000 === 443 ? securePort : port, "127.0.0.1"));
      },
    };
    api = await startTestServer({ dialer });
    await prepare(api);
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    plain.close();
    secure.close();
  });

  const get = (url: string, method = "GET") =>
    api.send({ method, url: `${NAMESPACE}/${url}`, headers: { host: "api.test" } });

  test("a target's root is redirected to where relative links work", async () => {
    for (const url of ["pods/p/proxy?a=b", "services/s:web/proxy?a=b"]) {
      const { status, headers } = await get(url);
      assert.deepEqual([status, headers["location"]], [301, `${NAMESPACE}/${url.replace("?", "/?")}`]);
    }
  });

  for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    test(`${method} arrives as ${method}`, async () => {
      for (const url of ["pods/p/proxy/", "services/s:web/proxy/"]) {
        const { status, text } = await get(url, method);
        assert.equal(status, 200);
        if (method !== "HEAD") assert.equal((JSON.parse(text) as { method: string }).method, method);
      }
    });

  test("path and query arrive as they were sent", async () => {
    const { text } = await get("pods/p:8080/proxy/a%2Fb/c/?x=1");
    const uri = `${NAMESPACE}/pods/p:8080/proxy/a%2Fb/c/`;
    assert.deepEqual(JSON.parse(text), { url: "/a%2Fb/c/?x=1", method: "GET", host: "api.test", uri });
    assert.equal(dialled.at(-1), "10.0.0.5:8080");
  });

  for (const [name, port] of [
    ["p", 1234],
    ["http:p:", 1234],
    ["p:99", 99],
    ["https:p:443", 443],
    ["https:p:2443", 2443],
  ] as const)
    test(`"${name}" is port ${port}`, async () => {
      const { status, text } = await get(`pods/${name}/proxy/page`);
      assert.equal(status, 200, text);
      assert.equal(dialled.at(-1), `10.0.0.5:${port}`);
      assert.equal(text, `<a href="${NAMESPACE}/pods/${name}/proxy/rewriteme">test</a>`);
    });

  for (const [name, port] of [
    ["s", undefined],
    ["s:web", 160],
    ["s:80", 160],
    ["https:s:tls", 443],
    ["s:81", undefined],
    ["s:none", undefined],
    ["none", undefined],
  ] as const)
    test(`Service "${name}" is ${port === undefined ? "nowhere" : `port ${port}`}`, async () => {
      const { status, text } = await get(`services/${name}/proxy/`);
      if (port === undefined) assert.equal(status, 503, text);
      else assert.deepEqual([status, dialled.at(-1)], [200, `10.0.0.5:${port}`]);
    });

  test("compressed pages, redirects and headers for other sites are rewritten", async () => {
    const page = await api.server.handler.handle(request(`${NAMESPACE}/pods/p/proxy/gzip`, api));
    const pieces: Uint8Array[] = [];
    for await (const piece of page.body as AsyncIterable<Uint8Array>) pieces.push(piece);
    assert.match(gunzipSync(Buffer.concat(pieces)).toString(), /proxy\/rewriteme/);
    assert.equal((await get("pods/p/proxy/elsewhere")).headers["location"], `${NAMESPACE}/pods/p/proxy/login?next=/`);
    assert.equal((await get("pods/p/proxy/open")).headers["access-control-allow-origin"], undefined);
  });

  test("names that are none, and addresses that are this machine's, are refused", async () => {
    for (const url of ["pods/ftp:p:80/proxy/", "pods/a:b:c:d/proxy/", "services/:80/proxy/", "pods/local/proxy/"])
      assert.equal((await get(url)).status, 400, url);
    assert.equal((await get("services/strange/proxy/")).status, 503, "its endpoint is no pod's");
  });

  test("a node's other ports", async () => {
    const { status, text } = await api.send({ url: "/api/v1/nodes/n:9100/proxy/metrics" });
    assert.deepEqual([status, dialled.at(-1)], [200, "10.0.0.9:9100"], text);
  });
});

function request(path: string, api: TestServer) {
  return {
    method: "GET",
    path,
    query: new URLSearchParams(),
    headers: {},
    peer: peerOf({ name: "a", groups: ["system:masters"] }, api.clock.now() + 1),
    signal: new AbortController().signal,
  };
}

async function prepare(api: TestServer): Promise<void> {
  const post = async (url: string, body: object) => {
    const { status, text } = await api.send({ method: "POST", url, body });
    assert.equal(status, 201, text);
  };
  const patch = async (url: string, body: object) => {
    const headers = { "content-type": "application/merge-patch+json" };
    const { status, text } = await api.send({ method: "PATCH", url, headers, body });
    assert.equal(status, 200, text);
  };
  await post(`${NAMESPACE}/serviceaccounts`, { metadata: { name: "default" } });
  for (const [name, ip] of [
    ["p", "10.0.0.5"],
    ["local", "127.0.0.1"],
  ] as const) {
    const containers = [{ name: "c", image: "i", ports: [{ containerPort: 1234 }] }];
    await post(`${NAMESPACE}/pods`, { metadata: { name }, spec: { containers } });
    await patch(`${NAMESPACE}/pods/${name}/status`, { status: { podIP: ip, podIPs: [{ ip }] } });
  }
  const ports = [
    { name: "web", port: 80, targetPort: 160 },
    { name: "tls", port: 444, targetPort: 443 },
  ];
  for (const [service, targetRef] of [
    ["s", { kind: "Pod", name: "p", namespace: "default" }],
    ["strange", undefined],
  ] as const) {
    await post(`${NAMESPACE}/services`, { metadata: { name: service }, spec: { ports } });
    await post("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
      metadata: { name: service, labels: { "kubernetes.io/service-name": service } },
      addressType: "IPv4",
      ports: [
        { name: "web", port: 160 },
        { name: "tls", port: 443 },
      ],
      endpoints: [{ addresses: ["10.0.0.5"], targetRef }],
    });
  }
  await post("/api/v1/nodes", { metadata: { name: "n" } });
  await patch("/api/v1/nodes/n/status", { status: { addresses: [{ type: "InternalIP", address: "10.0.0.9" }] } });
}
