import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { Connection } from "./connection.ts";

const LIMIT = { timeout: 20_000 };
const PREFACE_BYTES = 24;
const HEAD_BYTES = 9;
const PING = 0x06;
const ACK = 0x01;
const SETTINGS = Buffer.from([0, 0, 0, 0x04, 0, 0, 0, 0, 0]);

/** A server of HTTP/2 frames that says what it takes, and answers pings as long as the test wants it to. */
async function connected(t: TestContext) {
  const state = { answers: true, pings: 0, onPing: () => {} };
  const server = createServer((socket) => {
    socket.on("error", () => {}).write(SETTINGS);
    readFrames(socket, (type, flags, payload) => {
      if (type !== PING || (flags & ACK) !== 0) return;
      state.pings++;
      if (state.answers) socket.write(Buffer.concat([Buffer.from([0, 0, 8, PING, ACK, 0, 0, 0, 0]), payload]));
      state.onPing();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const ends: string[] = [];
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = new Connection({ server: address, tls: {} }, 1, (end) => ends.push(end));
  t.after(() => {
    connection.destroy();
    server.close();
  });
  await connection.settled;
  /** As when nothing has come for a while; resolves when the server was asked. */
  const silence = async () => {
    const asked = Promise.withResolvers<void>();
    state.onPing = asked.resolve;
    connection.session.emit("timeout");
    await asked.promise;
  };
  return { connection, ends, state, silence };
}

function readFrames(socket: Socket, onFrame: (type: number, flags: number, payload: Buffer) => void): void {
  let left = Buffer.alloc(0);
  let began = false;
  socket.on("data", (chunk: Buffer) => {
    left = Buffer.concat([left, chunk]);
    if (!began && left.length < PREFACE_BYTES) return;
    if (!began) left = left.subarray(PREFACE_BYTES);
    began = true;
    while (left.length >= HEAD_BYTES && left.length >= HEAD_BYTES + left.readUIntBE(0, 3)) {
      const end = HEAD_BYTES + left.readUIntBE(0, 3);
      onFrame(left[3]!, left[4]!, left.subarray(HEAD_BYTES, end));
      left = left.subarray(end);
    }
  });
}

test("a silent connection is asked whether it lives, and kept as long as it answers", LIMIT, async (t) => {
  const { connection, ends, state, silence } = await connected(t);
  for (const round of [1, 2, 3]) {
    await silence();
    assert.equal(state.pings, round);
    // The answer is on its way before the server is asked for anything else.
    await new Promise<void>((resolve, reject) => {
      connection.session.ping((error) => (error ? reject(error) : resolve()));
    });
    state.pings--;
  }
  assert.deepEqual(ends, []);
  assert.equal(connection.session.destroyed, false);
});

test("a connection that does not answer when it is asked is lost", LIMIT, async (t) => {
  const { connection, ends, state, silence } = await connected(t);
  state.answers = false;
  await silence();
  assert.deepEqual(ends, [], "it may still answer");
  const closed = new Promise<void>((resolve) => connection.session.once("close", () => resolve()));
  connection.session.emit("timeout");
  assert.equal(connection.session.destroyed, true);
  await closed;
  assert.deepEqual(ends, ["lost"]);
});
