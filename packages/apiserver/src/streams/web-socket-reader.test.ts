import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { ApiRequest, ApiResponse } from "@dingi/apimachinery";
import { WebSocket } from "ws";
import { readOverWebSocket } from "./web-socket-reader.ts";

type Open = (request: ApiRequest) => Promise<ApiResponse>;

/** A server that answers each upgrade with what `open` reads. */
async function serving(open: Open): Promise<AsyncDisposable & { url: string; failures: unknown[] }> {
  const server = createServer();
  const failures: unknown[] = [];
  server.on("upgrade", (request, socket) => {
    const asked: ApiRequest = {
      method: "GET",
      path: "/",
      query: new URLSearchParams(),
      headers: request.headers as Record<string, string>,
      peer: { address: "" },
      signal: new AbortController().signal,
      upgrade: () => socket,
    };
    readOverWebSocket(asked, open).catch((error: unknown) => {
      failures.push(error);
      socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    failures,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const log: Open = async (request) => {
  assert.equal(request.headers["upgrade"], undefined);
  assert.equal(request.headers["sec-websocket-key"], undefined);
  return await Promise.resolve({ status: 200, headers: {}, body: pieces() });
};

// eslint-disable-next-line require-await
async function* pieces(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("one\n");
  yield new Uint8Array();
  yield Buffer.from("two\n");
}

async function messages(client: WebSocket): Promise<string[]> {
  const received: string[] = [];
  client.on("message", (data: Buffer, isBinary: boolean) =>
    received.push(`${isBinary ? "b" : "t"}:${data.toString()}`),
  );
  await once(client, "close");
  return received;
}

for (const [protocols, wanted] of [
  [[], ["b:", "b:one\n", "b:two\n"]],
  [["binary.k8s.io"], ["b:", "b:one\n", "b:two\n"]],
  [["base64.binary.k8s.io"], ["t:", "t:b25lCg==", "t:dHdvCg=="]],
  [
    ["unknown", "binary.k8s.io"],
    ["b:", "b:one\n", "b:two\n"],
  ],
] as const)
  test(`a log by ${protocols.join(" or ") || "no protocol"}`, async () => {
    await using server = await serving(log);
    assert.deepEqual(await messages(new WebSocket(server.url, [...protocols])), wanted);
  });

test("a client that speaks none of the protocols is refused", async () => {
  await using server = await serving(log);
  const client = new WebSocket(server.url, ["v5.channel.k8s.io"]);
  await once(client, "error");
  assert.match(String(server.failures[0]), /"v5.channel.k8s.io" is spoken here/);
});

test("nothing is read any more when the client leaves", async () => {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  await using server = await serving(({ signal }) =>
    Promise.resolve({
      status: 200,
      headers: {},
      body: (async function* () {
        yield Buffer.from("one\n");
        await once(signal, "abort");
        resolve();
        throw new Error("The kubelet's answer was cut off");
      })(),
    }),
  );
  const client = new WebSocket(server.url);
  await once(client, "message");
  client.close();
  await ended;
});
