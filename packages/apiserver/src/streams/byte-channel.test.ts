import assert from "node:assert/strict";
import { once } from "node:events";
import { duplexPair } from "node:stream";
import { test } from "node:test";
import { settle } from "@dingi/base";
import { ByteChannel } from "./byte-channel.ts";

function bench(head?: Buffer) {
  const [connection, other] = duplexPair();
  return { connection, other, channel: new ByteChannel(connection, head) };
}

const text = (bytes: Buffer | undefined) => bytes?.toString();

test("so many bytes are read as are asked for, whatever the pieces in which they came", async () => {
  const { channel, other } = bench(Buffer.from("ab"));
  other.write("cd");
  other.write("efgh");
  assert.equal(text(await channel.read(1)), "a");
  assert.equal(text(await channel.read(0)), "");
  assert.equal(text(await channel.read(4)), "bcde");
  assert.equal(text(await channel.read(3)), "fgh");
});

test("what has arrived is read at once, and then what comes", async () => {
  const { channel, other } = bench(Buffer.from("ab"));
  assert.equal(text(await channel.readSome()), "ab");
  other.write("c");
  assert.equal(text(await channel.readSome()), "c");
  other.end("d");
  assert.equal(text(await channel.readSome()), "d");
  assert.equal(await channel.readSome(), undefined);
});

test("fewer bytes than are asked for are none", async () => {
  const { channel, other } = bench();
  other.end("abc");
  assert.equal(await channel.read(4), undefined);
});

test("a writer waits for a slow reader, and is told when he is gone", async () => {
  for (const goes of [false, true]) {
    const { channel, connection, other } = bench();
    const before = connection.listenerCount("drain");
    const writing = channel.write(Buffer.alloc(100_000), Buffer.alloc(100_000));
    let isWritten = false;
    const outcome = writing.then(
      () => (isWritten = true),
      (error: Error) => error.message,
    );
    await settle();
    assert.equal(isWritten, false);
    if (goes) connection.destroy();
    else other.resume();
    assert.equal(await outcome, goes ? "The connection was closed before everything was written" : true);
    assert.equal(connection.listenerCount("drain"), before);
  }
});

test("nothing is written after the end", async () => {
  for (const end of ["end", "destroy"] as const) {
    const { channel, connection } = bench();
    channel[end]();
    await assert.rejects(channel.write(Buffer.from("a")), { message: "The connection is closed" });
    assert.equal(connection.destroyed, end === "destroy");
  }
});

test("after the end what still comes is thrown away, so that the connection can close", async () => {
  const { channel, connection, other } = bench();
  await channel.write(Buffer.from("last"));
  channel.end();
  assert.equal(text((await once(other, "data"))[0] as Buffer), "last");
  other.end(Buffer.alloc(100_000));
  await once(connection, "close");
  channel.end();
});

test("who does not end after our end is left after a while", () => {
  const { channel, connection } = bench();
  const waits: number[] = [];
  let leave = () => {};
  Object.assign(connection, { setTimeout: (ms: number, callback: () => void) => (waits.push(ms), (leave = callback)) });
  channel.end();
  assert.deepEqual([waits, connection.destroyed], [[10_000], false]);
  leave();
  assert.equal(connection.destroyed, true);
});

test("a connection that fails is gone, and nobody's uncaught error", async () => {
  const { channel, connection } = bench();
  const reading = channel.read(1);
  connection.destroy(new Error("lost"));
  await assert.rejects(reading);
  assert.equal(connection.destroyed, true);
});
