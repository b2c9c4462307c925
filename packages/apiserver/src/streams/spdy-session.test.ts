import assert from "node:assert/strict";
import { duplexPair, type Duplex } from "node:stream";
import { test } from "node:test";
import { createInflate } from "node:zlib";
import { once } from "node:events";
import { settle } from "@dingi/base";
import { SpdySession } from "./spdy-session.ts";

function bench() {
  const [connection, other] = duplexPair();
  const sent: Buffer[] = [];
  other.on("data", (chunk: Buffer) => sent.push(chunk));
  /** All that has come by now. */
  const arrived = async () => {
    await settle();
    return Buffer.concat(sent);
  };
  return { session: new SpdySession(connection), other, sent: arrived };
}

function control(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x8003);
  head.writeUInt16BE(type, 2);
  head.writeUIntBE(body.length, 5, 3);
  return Buffer.concat([head, body]);
}

function data(stream: number, text: string, final = false): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(stream);
  head.writeUIntBE(Buffer.byteLength(text), 5, 3);
  head[4] = final ? 1 : 0;
  return Buffer.concat([head, Buffer.from(text)]);
}

const id = (stream: number) => Buffer.of(0, 0, 0, stream);

/** What the session tells of what comes, until it ends. */
async function told(session: SpdySession, other: Duplex, ...frames: Buffer[]): Promise<unknown[]> {
  other.end(Buffer.concat(frames));
  const all: unknown[] = [];
  for await (const frame of session.frames())
    all.push("data" in frame ? { ...frame, data: frame.data.toString() } : frame);
  return all;
}

test("streams have odd numbers, and their headers are one stream of zlib", async () => {
  const { session, sent } = bench();
  assert.deepEqual([await session.open({ streamtype: "error" }), await session.open({ a: "é", b: "" })], [1, 3]);
  const inflate = createInflate();
  const read: string[] = [];
  let rest = await sent();
  while (rest.length > 0) {
    assert.deepEqual([rest.readUInt16BE(), rest.readUInt16BE(2), rest[4]], [0x8003, 1, 0]);
    const body = rest.subarray(8, 8 + rest.readUIntBE(5, 3));
    rest = rest.subarray(8 + body.length);
    inflate.write(body.subarray(10));
    const [raw] = (await once(inflate, "data")) as [Buffer];
    read.push(`${body.readUInt32BE()} ${raw.toString("latin1")}`);
  }
  const text = (word: string) => `\0\0\0${String.fromCharCode(word.length)}${word}`;
  assert.deepEqual(read, [
    `1 \0\0\0\x01${text("streamtype")}${text("error")}`,
    `3 \0\0\0\x02${text("a")}${text("Ã©")}${text("b")}${text("")}`,
  ]);
});

test("headers that are too long for a block are refused", async () => {
  const { session } = bench();
  await session.open({ a: "x".repeat(0xffff - 13) });
  await assert.rejects(session.open({ a: "x".repeat(0xffff - 12) }), /too long/);
});

test("data are sent as they are, and in pieces where they are long; the last may be the end", async () => {
  const { session, sent } = bench();
  await session.send(5, Buffer.from("hello"));
  await session.send(5, Buffer.from(""), true);
  assert.deepEqual(await sent(), Buffer.concat([data(5, "hello"), data(5, "", true)]));
  const long = bench();
  await long.session.send(1, Buffer.alloc(0xffffff + 2), true);
  const bytes = await long.sent();
  const second = 8 + 0xffffff;
  assert.deepEqual([bytes.readUIntBE(5, 3), bytes[4]], [0xffffff, 0]);
  assert.deepEqual([bytes.readUInt32BE(second), bytes.readUIntBE(second + 5, 3), bytes[second + 4]], [1, 2, 1]);
  assert.equal(bytes.length, second + 8 + 2);
});

test("replies, resets and data are told, and pings answered", async () => {
  const { session, other, sent } = bench();
  const ping = control(6, id(2));
  const frames = [control(2, id(1)), ping, data(1, "a"), data(3, "b", true), control(3, Buffer.concat([id(3), id(1)]))];
  assert.deepEqual(await told(session, other, ...frames), [
    { type: "reply", stream: 1 },
    { type: "data", stream: 1, data: "a", final: false },
    { type: "data", stream: 3, data: "b", final: true },
    { type: "reset", stream: 3 },
  ]);
  assert.deepEqual(await sent(), ping);
});

test("what nobody needs to know is skipped, and a goodbye is the end", async () => {
  const { session, other } = bench();
  const settings = control(4, Buffer.alloc(4));
  assert.deepEqual(await told(session, other, settings, control(7, Buffer.alloc(8)), data(1, "late")), []);
});

test("a frame that is cut off is the end, and one that is too short an error", async () => {
  const cut = bench();
  assert.deepEqual(await told(cut.session, cut.other, data(1, "abc").subarray(0, 10)), []);
  const short = bench();
  await assert.rejects(told(short.session, short.other, control(2, Buffer.alloc(3))), /too short/);
});
