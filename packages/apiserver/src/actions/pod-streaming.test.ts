import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { Duplex } from "node:stream";
import { after, before, describe, test } from "node:test";
import { Node, Pod, ServiceAccount } from "@dingi/api";
import type { ApiResponse } from "@dingi/apimachinery";
import { seededRandom } from "@dingi/base";
import { createCertificateAuthority } from "@dingi/component-base";
import { ADMIN, startTestServer, type TestServer } from "../testing/test-server.ts";
import { peerOf } from "../testing/peer.ts";

const LIMIT = { timeout: 20_000 };
const PODS = "/api/v1/namespaces/default/pods";
const SPDY = { connection: "Upgrade", upgrade: "SPDY/3.1", "x-stream-protocol-version": "v4.channel.k8s.io" };

/** What is written to it is read at the other end. */
function pair(): [Duplex, Duplex] {
  const make = (other: () => Duplex) =>
    new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        other().push(chunk);
        done();
      },
      destroy(error, done) {
        if (!other().destroyed) other().push(null);
        done(error);
      },
    });
  const one: Duplex = make(() => two);
  const two: Duplex = make(() => one);
  return [one, two];
}

async function readTo(stream: Duplex, end: string): Promise<string> {
  let text = "";
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.endsWith(end)) break;
  }
  return text;
}

describe("What a pod's kubelet is asked", () => {
  let api: TestServer;
  const asked: string[] = [];
  let refuses = false;
  const kubelet = createServer({}, (request: IncomingMessage, response: ServerResponse) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url?.includes("containerLogs")) response.end("line\n");
    else response.writeHead(404).end("no such path");
  });
  kubelet.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    asked.push(`${request.method} ${request.url}`);
    if (refuses) return socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: SPDY/3.1\r\n\r\n`);
    socket.pipe(socket);
  });

  before(async () => {
    const validity = { notBefore: Date.UTC(2020), notAfter: Date.UTC(2100) };
    const ca = await createCertificateAuthority({ commonName: "kubelets", random: seededRandom(2), ...validity });
    const usages = ["server auth"] as const;
    const { certificatePem, keyPem } = ca.issue({ subject: { commonName: "w" }, usages, dnsNames: ["w"], ...validity });
    kubelet.setSecureContext({ cert: certificatePem, key: keyPem });
    kubelet.listen(0, "127.0.0.1");
    await once(kubelet, "listening");
    const { port } = kubelet.address() as AddressInfo;
    const dialer = { dial: () => Promise.resolve(connect(port, "127.0.0.1")) };
    api = await startTestServer({ dialer, kubeletCa: ca.certificatePem });
    await api.admin.create(ServiceAccount, { metadata: { namespace: "default", name: "default" } });
    const node = await api.admin.create(Node, { metadata: { name: "w" } });
    const addresses = [{ type: "InternalIP" as const, address: "198.51.100.7" }];
    await api.admin.update(Node, { ...node, status: { ...node.status, addresses } }, { subresource: "status" });
    const container = (name: string) => ({ name, image: "i" });
    const one = { nodeName: "w", containers: [container("c")] };
    const pods = {
      one,
      waiting: { containers: [container("c")] },
      many: { ...one, containers: [container("c"), container("d")], initContainers: [container("e")] },
    };
    for (const [name, spec] of Object.entries(pods))
      await api.admin.create(Pod, { metadata: { namespace: "default", name }, spec });
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    kubelet.closeAllConnections();
    kubelet.close();
  });

  /** A request that would change protocols, and the client's side of its connection. */
  async function upgrade(url: string): Promise<{ response: ApiResponse; client: Duplex }> {
    const [path = "", query = ""] = url.split("?");
    const [server, client] = pair();
    const response = await api.server.handler.handle({
      method: "POST",
      path: `${PODS}/${path}`,
      query: new URLSearchParams(query),
      headers: SPDY,
      peer: peerOf(ADMIN, api.clock.now() + 1),
      signal: new AbortController().signal,
      upgrade: () => server,
    });
    return { response, client };
  }

  for (const [url, wanted] of [
    [
      "one/exec?command=ls&command=-l&stdout=true&tty=1&stderr=false",
      "/exec/default/one/c?output=1&tty=1&command=ls&command=-l",
    ],
    ["many/exec?command=x&container=d&stdin=true", "/exec/default/many/d?input=1&command=x"],
    ["many/attach?container=e&stderr=true", "/attach/default/many/e?error=1"],
    ["one/attach", "/attach/default/one/c"],
    ["one/portforward?ports=80,443&ports=8080", "/portForward/default/one?port=80%2C443%2C8080"],
    ["one/portforward", "/portForward/default/one"],
  ] as const)
    test(`for ${url} is ${wanted}, and the client is connected to it`, LIMIT, async () => {
      const { response, client } = await upgrade(url);
      assert.deepEqual([response.status, response.upgraded], [101, true]);
      assert.equal(asked.at(-1), `POST ${wanted}`);
      client.write("ping");
      assert.match(await readTo(client, "ping"), /^HTTP\/1\.1 101 Switching Protocols\r\n[^]*\r\n\r\nping$/);
      client.destroy();
    });

  test("is answered to the client when the kubelet refuses", LIMIT, async () => {
    refuses = true;
    const { response } = await upgrade("one/exec?command=x");
    refuses = false;
    assert.deepEqual([response.status, response.upgraded], [403, undefined]);
    assert.equal(Buffer.from(response.body as Uint8Array).toString(), "no");
  });

  for (const [url, wanted] of [
    ["one/log?tailLines=5&follow=true", "/containerLogs/default/one/c?follow=true&tailLines=5"],
    ["many/log?container=d", "/containerLogs/default/many/d"],
  ] as const)
    test(`for ${url} is ${wanted}`, LIMIT, async () => {
      const { status, text } = await api.send({ url: `${PODS}/${url}` });
      assert.deepEqual([status, text, asked.at(-1)], [200, "line\n", `GET ${wanted}`]);
    });

  test("is nothing for a pod that has no node yet", async () => {
    const before = asked.length;
    const { status, text } = await api.send({ url: `${PODS}/waiting/log` });
    assert.deepEqual([status, text], [204, ""]);
    const { response } = await upgrade("waiting/exec?command=x").catch((error: { code: number }) => ({
      response: { status: error.code },
    }));
    assert.equal(response.status, 400);
    assert.equal(asked.length, before);
  });

  for (const [url, message] of [
    ["one/log?container=x", "container x is not valid for pod one"],
    ["many/log", "a container name must be specified for pod many, choose one of: [e c d]"],
    ["one/exec?command=x", "Upgrade request required"],
  ] as const)
    test(`is nothing for ${url}: ${message}`, async () => {
      const { status, text } = await api.send({ url: `${PODS}/${url}` });
      assert.deepEqual([status, (JSON.parse(text) as { message: string }).message], [400, message]);
    });
});
