import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { test } from "node:test";
import { forwardUpgrade } from "./forward-upgrade.ts";

/** Somebody whom an upgrade is passed on to, and who answers as told. */
async function target(answer: string) {
  const heard: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => {
      heard.push(bytes.toString("latin1"));
      if (heard.length === 1) socket.write(answer);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const forward = async () => {
    const { port } = server.address() as AddressInfo;
    const connection = connect(port, "127.0.0.1");
    const headers = { connection: "Upgrade", upgrade: "SPDY/3.1" };
    const to = { path: "/exec", method: "POST", headers, connection, signal: new AbortController().signal };
    const taken = () => assert.fail("The client's connection was handed over");
    return { connection, refused: await forwardUpgrade(taken, to) };
  };
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { forward, heard, sockets, [Symbol.asyncDispose]: close };
}

test("a target that refuses is the answer, and nobody gets a connection to it (CVE-2018-1002105)", async () => {
  await using bench = await target("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
  const { connection, refused } = await bench.forward();
  assert.deepEqual([refused?.status, String(refused && Buffer.from(refused.body))], [403, "no"]);
  if (!connection.destroyed) await once(connection, "close");
  assert.equal(bench.heard.length, 1);
});

test("a target that refuses and stays connected is left (CVE-2018-1002105)", async () => {
  await using bench = await target("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  const { connection, refused } = await bench.forward();
  assert.equal(refused?.status, 400);
  if (!connection.destroyed) await once(connection, "close");
});

test("a target that sends elsewhere is not followed there (CVE-2018-1002102, CVE-2020-8559)", async () => {
  await using elsewhere = await target("HTTP/1.1 101 Switching Protocols\r\n\r\n");
  await using bench = await target(
    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/exec/other\r\nContent-Length: 0\r\n\r\n",
  );
  const { refused } = await bench.forward();
  assert.equal(refused?.status, 302);
  assert.deepEqual([bench.sockets.length, elsewhere.sockets.length], [1, 0]);
});
