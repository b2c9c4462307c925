import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { connect, type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import type { ApiRequest } from "@dingi/apimachinery";
import { WebSocket } from "ws";
import { offeredProtocols, WebSocketConnection } from "./web-socket.ts";

const PROTOCOL = "v5.channel.k8s.io";

function requestOf(request: IncomingMessage, socket: Duplex): ApiRequest {
  return {
    method: "GET",
    path: "/",
    query: new URLSearchParams(),
    headers: request.headers as Record<string, string>,
    peer: { address: "" },
    signal: new AbortController().signal,
    upgrade: () => socket,
  };
}

/** A server whose connections are given to `serve`. */
async function serving(
  serve: (connection: WebSocketConnection) => Promise<void>,
): Promise<AsyncDisposable & { port: number }> {
  const server = createServer();
  server.on("upgrade", (request, socket) => {
    void WebSocketConnection.accept(requestOf(request, socket), PROTOCOL).then(serve);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function echo(connection: WebSocketConnection): Promise<void> {
  for await (const message of connection.messages()) await connection.send(message.subarray(0, 1), message.subarray(1));
}

for (const size of [0, 1, 125, 126, 65_535, 65_536, 200_000]) {
  test(`a message of ${size} bytes comes back as it was`, async () => {
    await using server = await serving(echo);
    const client = new WebSocket(`ws://127.0.0.1:${server.port}`, [PROTOCOL]);
    await once(client, "open");
    assert.equal(client.protocol, PROTOCOL);
    const sent = Buffer.alloc(size, "dingi");
    client.send(sent);
    const [received] = (await once(client, "message")) as [Buffer];
    assert.deepEqual(received, sent);
    client.close(1000);
    const [code] = (await once(client, "close")) as [number];
    assert.equal(code, 1000);
  });
}

test("a message in pieces is put together, and a ping between them is answered", async () => {
  await using server = await serving(echo);
  const client = new WebSocket(`ws://127.0.0.1:${server.port}`, [PROTOCOL]);
  await once(client, "open");
  const [pong, message] = [once(client, "pong"), once(client, "message")];
  client.send("one ", { fin: false, binary: true });
  client.ping("are you there?");
  client.send("two", { fin: true });
  assert.equal(String((await pong)[0]), "are you there?");
  assert.equal(String((await message)[0]), "one two");
  client.terminate();
});

const HANDSHAKE =
  "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\nSec-WebSocket-Version: 13\r\n\r\n";

/** What breaks the protocol, and the code that the connection is closed with. */
const BREACHES: readonly [title: string, frame: Buffer, code: number][] = [
  ["a frame that is not masked", Buffer.of(0x82, 1, 65), 1002],
  ["reserved bits", Buffer.of(0xc2, 0x81, 0, 0, 0, 0, 65), 1002],
  ["a continuation of nothing", Buffer.of(0x80, 0x81, 0, 0, 0, 0, 65), 1002],
  ["a ping that is too long", Buffer.of(0x89, 0xfe, 0, 126), 1009],
  ["a message that is too long", Buffer.of(0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0), 1009],
];

for (const [title, frame, code] of BREACHES) {
  test(`${title} ends the connection with ${code}`, async () => {
    await using server = await serving(echo);
    const socket = connect(server.port, "127.0.0.1");
    socket.write(HANDSHAKE);
    let bytes = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => (bytes = Buffer.concat([bytes, chunk])));
    await once(socket, "data");
    socket.write(frame);
    await once(socket, "end");
    assert.deepEqual(bytes.subarray(-4), Buffer.of(0x88, 2, code >> 8, code & 0xff));
    socket.destroy();
  });
}

test("only a request for a WebSocket offers protocols", () => {
  const headers = { "sec-websocket-protocol": "a, b ,c" };
  const offered = (more: object) => offeredProtocols({ headers: { ...headers, ...more } } as unknown as ApiRequest);
  assert.deepEqual(offered({ upgrade: "WebSocket" }), ["a", "b", "c"]);
  assert.deepEqual(offered({ upgrade: "SPDY/3.1" }), []);
});
