import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { Duplex, type Duplex as Stream } from "node:stream";
import { test, type TestContext } from "node:test";
import { forwardUpgrade } from "./forward-upgrade.ts";

const LIMIT = { timeout: 20_000 };
const PROTOCOL = "SPDY/3.1";

interface Target {
  /** Called with what asks for the upgrade, and the connection. */
  readonly onUpgrade?: (request: IncomingMessage, socket: Stream) => void;
  readonly onRequest?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** A client whose side of the pipe is written to and read by the test, in front of a target over loopback. */
async function forward(t: TestContext, { onUpgrade, onRequest }: Target) {
  const server = createServer(onRequest ?? (() => {}));
  if (onUpgrade) server.on("upgrade", onUpgrade);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const connection = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [taken, client] = pair();
  t.after(() => {
    server.close();
    connection.destroy();
  });
  let takenOver = 0;
  const takeOver = () => {
    takenOver++;
    return taken;
  };
  const headers = { host: "target.test", connection: "Upgrade", upgrade: PROTOCOL, "x-a": "1" };
  const target = { path: "/exec?a=b", method: "POST", headers, connection, signal: new AbortController().signal };
  const refused = await forwardUpgrade(takeOver, target);
  return { refused, client, taken, connection, takenOver: () => takenOver };
}

/** Two ends of one connection. */
function pair(): [Stream, Stream] {
  const make = (other: () => Stream) =>
    new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        other().push(chunk);
        done();
      },
      final(done) {
        other().push(null);
        done();
      },
    });
  const one: Stream = make(() => two);
  const two: Stream = make(() => one);
  return [one, two];
}

/** Reads until the text has come. */
async function readTo(stream: Stream, end: string): Promise<string> {
  let text = "";
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.endsWith(end)) return text;
  }
  throw new Error(`It ended after ${JSON.stringify(text)}`);
}

const SWITCHED = "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: SPDY/3.1\r\nx-b: 2\r\n\r\n";

test("an upgrade is passed on with its answer, and then bytes flow both ways", LIMIT, async (t) => {
  const asked = Promise.withResolvers<[IncomingMessage, Stream]>();
  const onUpgrade = (request: IncomingMessage, socket: Stream) => {
    socket.write(`${SWITCHED}at once`);
    asked.resolve([request, socket]);
  };
  const { client, refused, takenOver } = await forward(t, { onUpgrade });
  const [request, socket] = await asked.promise;
  assert.deepEqual([refused, takenOver()], [undefined, 1]);
  assert.deepEqual([request.method, request.url, request.headers["x-a"]], ["POST", "/exec?a=b", "1"]);
  assert.equal(await readTo(client, "at once"), `${SWITCHED}at once`);
  client.write("ping");
  assert.equal(await readTo(socket, "ping"), "ping");
  socket.write("pong");
  assert.equal(await readTo(client, "pong"), "pong");
});

for (const who of ["client", "target"] as const)
  for (const how of ["ends", "fails"] as const)
    test(`when the ${who} ${how}, both sides are closed`, LIMIT, async (t) => {
      const asked = Promise.withResolvers<Stream>();
      const onUpgrade = (_: IncomingMessage, socket: Stream) => {
        socket.on("error", () => {});
        socket.write(SWITCHED);
        asked.resolve(socket);
      };
      const { taken, connection } = await forward(t, { onUpgrade });
      const socket = await asked.promise;
      const closed = [taken, connection].map((side) => new Promise((resolve) => side.once("close", resolve)));
      if (who === "client") taken.destroy(how === "fails" ? new Error("gone") : undefined);
      else if (how === "ends") socket.destroy();
      else connection.destroy(new Error("gone"));
      await Promise.all(closed);
      assert.deepEqual([taken.destroyed, connection.destroyed], [true, true]);
    });

test("a target that does not switch is told of as it answered, without what is of one hop", LIMIT, async (t) => {
  const headers = { "content-type": "text/plain", "keep-alive": "timeout=5", "set-cookie": ["a", "b"] };
  const { refused, takenOver } = await forward(t, {
    onUpgrade: (_, socket) => {
      const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
      socket.end(["HTTP/1.1 403 Forbidden", ...lines, "content-length: 2", "connection: close", "", "no"].join("\r\n"));
    },
  });
  assert.equal(takenOver(), 0);
  const { body, ...told } = refused!;
  assert.deepEqual(told, { status: 403, headers: { "content-type": "text/plain", "set-cookie": "a, b" } });
  assert.equal(Buffer.from(body).toString(), "no");
});

test("of a long refusal only the beginning is kept", LIMIT, async (t) => {
  const onRequest = (_: IncomingMessage, response: ServerResponse) => {
    response.on("error", () => {});
    response.statusCode = 500;
    response.end("x".repeat(1_000_000));
  };
  const { refused } = await forward(t, { onRequest });
  assert.equal(refused?.status, 500);
  assert.ok(refused.body.length <= 64 * 1024, String(refused.body.length));
  assert.ok(refused.body.length > 0);
});

test("a target that goes without an answer is an error", LIMIT, async (t) => {
  await assert.rejects(forward(t, { onUpgrade: (_, socket) => socket.destroy() }), { code: "ECONNRESET" });
});
