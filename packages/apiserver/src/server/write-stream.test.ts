import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { settle } from "@dingi/base";
import { writeStream, writeWhole } from "./write-stream.ts";

/** A response whose client reads by hand, and whose time-outs are called by hand. */
function response() {
  const writer = new PassThrough({ highWaterMark: 1 });
  let timeoutMs = 0;
  const timed = Object.assign(writer, { setTimeout: (ms: number) => (timeoutMs = ms) });
  const stall = () => timeoutMs > 0 && writer.emit("timeout");
  return { writer: timed, stall, isTimed: () => timeoutMs > 0 };
}

async function* chunks(count: number, ended: () => void): AsyncGenerator<Uint8Array> {
  try {
    for (let i = 0; i < count; i++) yield Buffer.from("chunk");
  } finally {
    ended();
  }
}

test("a client that takes nothing is given up, and what makes the answer ends", async () => {
  const { writer, stall } = response();
  let ended = false;
  const writing = writeStream(
    writer,
    chunks(3, () => (ended = true)),
  );
  await settle();
  stall();
  await writing;
  assert.deepEqual([writer.destroyed, ended], [true, true]);
});

test("a client that reads is not hurried, and gets everything", async () => {
  const { writer, isTimed } = response();
  const writing = writeStream(
    writer,
    chunks(3, () => {}),
  );
  let text = "";
  writer.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const end = once(writer, "end");
  await writing;
  await end;
  assert.deepEqual([text, isTimed()], ["chunkchunkchunk", false]);
});

test("a client that stalls again and again is listened for once", async () => {
  const { writer } = response();
  const writing = writeStream(
    writer,
    chunks(30, () => {}),
  );
  let most = 0;
  writer.on("data", () => (most = Math.max(most, writer.listenerCount("timeout"))));
  await writing;
  assert.equal(most, 1);
});

test("a client that takes nothing of an answer that is there as a whole is given up", async () => {
  const { writer, stall } = response();
  writeWhole(writer, Buffer.from("chunk"));
  await settle();
  stall();
  assert.equal(writer.destroyed, true);
});

test("a client that reads an answer that is there as a whole is not hurried", async () => {
  const { writer, isTimed } = response();
  writer.resume();
  writeWhole(writer, Buffer.from("chunk"));
  await once(writer, "end");
  assert.equal(isTimed(), false);
});
