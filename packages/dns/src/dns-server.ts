import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, isIPv6, type Server, type Socket } from "node:net";
import type { Responder } from "./responder.ts";
import { splitFrames, withLength } from "./tcp-frames.ts";

export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

const IDLE_MS = 10_000;
const MAX_CONNECTIONS = 1000;
/** Questions of one connection that are being answered; more wait unread. */
const MAX_PIPELINED = 100;
const MAX_UNSENT_BYTES = 1 << 20;
const RECEIVE_BUFFER_BYTES = 1 << 20;

/** One address, served by UDP and TCP until disposed. */
export class DnsServer implements AsyncDisposable {
  readonly #responder: Responder;
  readonly #address: ListenAddress;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #connections = new Set<Socket>();
  readonly #failed = Promise.withResolvers<never>();

  constructor(address: ListenAddress, responder: Responder) {
    this.#address = address;
    this.#responder = responder;
    this.#udp = createSocket({ type: isIPv6(address.address) ? "udp6" : "udp4", recvBufferSize: RECEIVE_BUFFER_BYTES });
    this.#tcp = createServer((socket) => this.#serve(socket));
    this.#tcp.maxConnections = MAX_CONNECTIONS;
    this.#failed.promise.catch(() => {}); // whoever waits for it is told
  }

  /** Rejects when the server cannot go on. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Throws when the address cannot be had. Port 0 takes a free one; returns what was taken. */
  async listen(): Promise<number> {
    const { address, port } = this.#address;
    this.#tcp.listen({ host: address, port });
    await once(this.#tcp, "listening");
    const bound = this.#tcp.address();
    const actual = typeof bound === "object" && bound ? bound.port : port;
    this.#udp.bind({ address, port: actual, exclusive: true });
    await once(this.#udp, "listening");
    this.#udp.on("message", (packet, { port: from, address: client }) => void this.#answerUdp(packet, from, client));
    this.#udp.on("error", (error) => this.#failed.reject(error));
    this.#tcp.on("error", (error) => this.#failed.reject(error));
    return actual;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    if (this.#tcp.listening) await new Promise((resolve) => this.#tcp.close(resolve));
    await new Promise<void>((resolve) => {
      try {
        this.#udp.close(resolve);
      } catch {
        resolve(); // it was closed already
      }
    });
  }

  async #answerUdp(packet: Buffer, port: number, client: string): Promise<void> {
    const answer = this.#responder.respond(packet, "udp");
    const message = answer instanceof Promise ? await answer : answer;
    if (!message) return;
    try {
      this.#udp.send(message, port, client, () => {}); // a client that is gone is no failure
    } catch {
      // Closed while the answer was fetched, or a client's port that cannot be.
    }
  }

  #serve(socket: Socket): void {
    let received: Buffer<ArrayBuffer> = Buffer.alloc(0);
    let pending = 0;
    this.#connections.add(socket);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => this.#connections.delete(socket));
    const answer = async (frame: Buffer) => {
      pending++;
      const message = await this.#responder.respond(frame, "tcp");
      pending--;
      if (socket.destroyed) return;
      if (message) socket.write(withLength(message));
      if (socket.writableLength > MAX_UNSENT_BYTES) socket.destroy();
      if (pending < MAX_PIPELINED) socket.resume();
    };
    socket.on("data", (chunk) => {
      const { frames, rest } = splitFrames(
        received.length === 0 ? (chunk as Buffer<ArrayBuffer>) : Buffer.concat([received, chunk as Buffer]),
      );
      received = rest;
      for (const frame of frames) void answer(frame);
      if (pending >= MAX_PIPELINED) socket.pause();
    });
  }
}
