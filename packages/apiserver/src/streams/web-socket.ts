import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import { newBadRequest, type ApiRequest } from "@dingi/apimachinery";
import { TOKEN_PROTOCOL } from "../authentication/bearer-token.ts";
import { ByteChannel } from "./byte-channel.ts";

/** As upstream's WebSocket library. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
const MAX_CONTROL_BYTES = 125;
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const CONTINUATION = 0x0;
const TEXT = 0x1;
const BINARY = 0x2;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

const NORMAL = 1000;
const PROTOCOL_ERROR = 1002;
const TOO_BIG = 1009;

interface Frame {
  readonly final: boolean;
  readonly opcode: number;
  readonly data: Buffer;
}

class ProtocolError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The subprotocols that a request for a WebSocket offers, in its order, without credentials; none for any other request. */
export function offeredProtocols(request: ApiRequest): string[] {
  if (request.headers["upgrade"]?.toLowerCase() !== "websocket") return [];
  return (request.headers["sec-websocket-protocol"] ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && !name.startsWith(TOKEN_PROTOCOL));
}

/**
 * The server's side of RFC 6455. By hand, because libraries refuse the protocol names with a slash that clients of
 * port-forward offer.
 */
export class WebSocketConnection {
  readonly #channel: ByteChannel;
  #closing = false;

  constructor(connection: Duplex) {
    this.#channel = new ByteChannel(connection);
  }

  /** Takes the connection over and answers with `protocol`, if there is one. Throws StatusError 400 for a handshake that is none. */
  static async accept(request: ApiRequest, protocol: string): Promise<WebSocketConnection> {
    const key = request.headers["sec-websocket-key"];
    if (!key || !request.upgrade) throw newBadRequest("The WebSocket handshake has no Sec-WebSocket-Key");
    const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
    const connection = new WebSocketConnection(request.upgrade());
    const lines = [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${accept}`,
      ...(protocol === "" ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    ];
    await connection.#channel.write(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`));
    return connection;
  }

  /** Whole messages, until either side closes; pings are answered on the way. Breaches of the protocol end it. */
  async *messages(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const message = await this.#message();
        if (!message) return await this.close();
        yield message;
      }
    } catch (error) {
      await this.close(error instanceof ProtocolError ? error.code : NORMAL);
    }
  }

  async send(...parts: readonly Uint8Array[]): Promise<void> {
    await this.#write(BINARY, parts);
  }

  async sendText(text: string): Promise<void> {
    await this.#write(TEXT, [Buffer.from(text)]);
  }

  async close(code = NORMAL): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await this.#write(CLOSE, [Buffer.of(code >> 8, code & 0xff)]).catch(() => {});
    this.#channel.end();
  }

  destroy(): void {
    this.#channel.destroy();
  }

  async #message(): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let length = 0;
    for (;;) {
      const frame = await this.#frame(MAX_MESSAGE_BYTES - length);
      if (!frame) return undefined;
      if (frame.opcode >= CLOSE) {
        if (await this.#control(frame)) continue;
        return undefined;
      }
      if ((frame.opcode === CONTINUATION) !== parts.length > 0)
        throw new ProtocolError(PROTOCOL_ERROR, "A message began within another, or continued none");
      parts.push(frame.data);
      length += frame.data.length;
      if (frame.final) return parts.length === 1 ? frame.data : Buffer.concat(parts, length);
    }
  }

  /** False when there will be no more messages. */
  async #control({ opcode, data }: Frame): Promise<boolean> {
    if (opcode === PING) await this.#write(PONG, [data]);
    if (opcode === CLOSE) await this.close();
    return opcode !== CLOSE;
  }

  async #frame(limit: number): Promise<Frame | undefined> {
    const head = await this.#channel.read(2);
    if (!head) return undefined;
    const [first = 0, second = 0] = head;
    const opcode = first & 0xf;
    if ((first & 0x70) !== 0 || (second & 0x80) === 0)
      throw new ProtocolError(PROTOCOL_ERROR, "A frame has reserved bits set, or is not masked");
    const length = await this.#length(second & 0x7f);
    if (length === undefined) return undefined;
    if (length > (opcode >= CLOSE ? MAX_CONTROL_BYTES : limit))
      throw new ProtocolError(TOO_BIG, "A message is too long");
    const body = await this.#channel.read(4 + length);
    if (!body) return undefined;
    return { final: (first & 0x80) !== 0, opcode, data: unmask(body) };
  }

  async #length(short: number): Promise<number | undefined> {
    if (short < 126) return short;
    const bytes = await this.#channel.read(short === 126 ? 2 : 8);
    if (!bytes) return undefined;
    return bytes.length === 2 ? bytes.readUInt16BE() : Number(bytes.readBigUInt64BE());
  }

  async #write(opcode: number, parts: readonly Uint8Array[]): Promise<void> {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    await this.#channel.write(headOf(opcode, length), ...parts);
  }
}

function unmask(body: Buffer): Buffer {
  const data = Buffer.from(body.subarray(4));
  for (let i = 0; i < data.length; i++) data[i] = data[i]! ^ body[i & 3]!;
  return data;
}

function headOf(opcode: number, length: number): Buffer {
  if (length < 126) return Buffer.of(0x80 | opcode, length);
  if (length < 0x10000) return Buffer.of(0x80 | opcode, 126, length >> 8, length & 0xff);
  const head = Buffer.alloc(10);
  head[0] = 0x80 | opcode;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
