import type { Duplex } from "node:stream";
import { ByteChannel } from "./byte-channel.ts";

/** What of SPDY/3.1 the other side may tell a client that opens all streams itself. */
type SpdyFrame =
  | { readonly type: "reply"; readonly stream: number }
  | { readonly type: "data"; readonly stream: number; readonly data: Buffer; readonly final: boolean }
  | { readonly type: "reset"; readonly stream: number };

const VERSION = 0x8003;
const SYN_STREAM = 1;
const SYN_REPLY = 2;
const RST_STREAM = 3;
const PING = 6;
const GOAWAY = 7;
const FLAG_FIN = 1;
/** Go's implementation, which kubelets and runtimes use, knows no flow control; TCP holds both sides back. */
const MAX_DATA = 0xffffff;
const MAX_BLOCK = 0xffff;

/**
 * The client's side of SPDY/3.1, as kubelets and runtimes speak it. Header blocks are a zlib stream by the protocol;
 * ours are stored without compression, and those of replies are not read. Upstream: github.com/moby/spdystream
 */
export class SpdySession {
  readonly #channel: ByteChannel;
  #nextStream = 1;
  #headersSent = false;

  constructor(connection: Duplex, head?: Buffer) {
    this.#channel = new ByteChannel(connection, head);
  }

  /** The number of the new stream. */
  async open(headers: Readonly<Record<string, string>>): Promise<number> {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    const ids = Buffer.alloc(10);
    ids.writeUInt32BE(stream);
    await this.#control(SYN_STREAM, Buffer.concat([ids, this.#headerBlock(headers)]));
    return stream;
  }

  async send(stream: number, data: Uint8Array, final = false): Promise<void> {
    let offset = 0;
    do {
      const part = data.subarray(offset, offset + MAX_DATA);
      offset += part.length;
      const head = Buffer.alloc(8);
      head.writeUInt32BE(stream);
      head.writeUInt32BE(part.length, 4);
      head[4] = final && offset >= data.length ? FLAG_FIN : 0;
      await this.#channel.write(head, part);
    } while (offset < data.length);
  }

  /** Until the other side says goodbye or the connection ends. */
  async *frames(): AsyncGenerator<SpdyFrame> {
    for (;;) {
      const head = await this.#channel.read(8);
      const body = head && (await this.#channel.read(head.readUIntBE(5, 3)));
      if (!body) return;
      const isControl = (head[0]! & 0x80) !== 0;
      if (isControl && head.readUInt16BE(2) === GOAWAY) return;
      const frame = isControl ? await this.#answer(head, body) : dataFrame(head, body);
      if (frame) yield frame;
    }
  }

  destroy(): void {
    this.#channel.destroy();
  }

  async #answer(head: Buffer, body: Buffer): Promise<SpdyFrame | undefined> {
    const type = head.readUInt16BE(2);
    if (type === PING) await this.#control(PING, body);
    if (type !== SYN_REPLY && type !== RST_STREAM) return undefined;
    if (body.length < 4) throw new Error("The other side sent a SPDY frame that is too short");
    return { type: type === SYN_REPLY ? "reply" : "reset", stream: body.readUInt32BE() & 0x7fffffff };
  }

  async #control(type: number, body: Uint8Array): Promise<void> {
    const head = Buffer.alloc(8);
    head.writeUInt16BE(VERSION);
    head.writeUInt16BE(type, 2);
    head.writeUInt32BE(body.length, 4);
    await this.#channel.write(head, body);
  }

  #headerBlock(headers: Readonly<Record<string, string>>): Buffer {
    const pairs = Object.entries(headers);
    const raw = Buffer.concat([number32(pairs.length), ...pairs.flat().flatMap((text) => counted(text))]);
    if (raw.length > MAX_BLOCK) throw new Error("The headers of a SPDY stream are too long");
    const stored = Buffer.alloc(5);
    stored.writeUInt16LE(raw.length, 1);
    stored.writeUInt16LE(raw.length ^ MAX_BLOCK, 3);
    const start = this.#headersSent ? EMPTY : ZLIB_HEADER;
    this.#headersSent = true;
    return Buffer.concat([start, stored, raw, FLUSH]);
  }
}

const EMPTY = Buffer.alloc(0);
/** Deflate with the largest window, and no preset dictionary. */
const ZLIB_HEADER = Buffer.of(0x78, 0x01);
/** An empty stored block: makes Go's reader hand out what came before. */
const FLUSH = Buffer.of(0, 0, 0, 0xff, 0xff);

function dataFrame(head: Buffer, data: Buffer): SpdyFrame {
  return { type: "data", stream: head.readUInt32BE() & 0x7fffffff, data, final: (head[4]! & FLAG_FIN) !== 0 };
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const counted = (text: string): Buffer[] => [number32(Buffer.byteLength(text)), Buffer.from(text)];
