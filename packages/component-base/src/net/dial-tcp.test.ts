import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { dialTcp } from "./dial-tcp.ts";

const HOST = "127.0.0.1";

test("a connection is open, or the network says why not", async () => {
  const server = createServer((socket) => socket.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as AddressInfo;
  const { signal } = new AbortController();
  const socket = await dialTcp(HOST, port, signal);
  const [chunk] = await Array.fromAsync(socket);
  assert.equal(String(chunk), "hello");
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(dialTcp(HOST, port, signal), { code: "ECONNREFUSED" });
});

test("an abort rejects with its reason", async () => {
  const reason = new Error("enough");
  await assert.rejects(dialTcp(HOST, 1, AbortSignal.abort(reason)), (error) => error === reason);
  const stop = new AbortController();
  const dialling = dialTcp("192.0.2.1", 9, stop.signal);
  stop.abort(reason);
  await assert.rejects(dialling, (error) => error === reason);
});
