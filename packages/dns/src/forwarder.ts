import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import type { Clock } from "@dingi/base";
import { splitFrames, withLength } from "./tcp-frames.ts";

interface ForwarderOptions {
  readonly clock: Clock;
  /** Addresses `host:port`, asked anew for every query. */
  readonly upstreams: () => readonly string[];
}

const TRY_MS = 2000;
const MAX_TRIES = 3;
/** Upstream: kubeadm's Corefile, `max_concurrent 1000`. */
const MAX_CONCURRENT = 1000;
const DNS_PORT = 53;

/** Passes queries on, byte by byte, to resolvers outside the cluster. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  #running = 0;
  #turn = 0;

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /** The answer's bytes; throws when no resolver gave one. */
  async forward(packet: Uint8Array, transport: "udp" | "tcp"): Promise<Buffer> {
    const upstreams = this.#options.upstreams();
    if (upstreams.length === 0) throw new Error("There is no resolver to forward to");
    if (this.#running >= MAX_CONCURRENT) throw new Error("Too many queries wait for resolvers outside the cluster");
    this.#running++;
    try {
      return await this.#try(packet, transport, upstreams);
    } finally {
      this.#running--;
    }
  }

  /** One after another, beginning with the one that last answered. */
  async #try(packet: Uint8Array, transport: "udp" | "tcp", upstreams: readonly string[]): Promise<Buffer> {
    let cause: unknown;
    for (let i = 0; i < Math.max(2, Math.min(MAX_TRIES, upstreams.length)); i++) {
      const upstream = upstreams[this.#turn % upstreams.length]!;
      try {
        return await (transport === "udp" ? askUdp : askTcp)(packet, parseUpstream(upstream), this.#options.clock);
      } catch (error) {
        cause = error;
        this.#turn = (this.#turn + 1) % upstreams.length;
      }
    }
    throw new Error("No resolver outside the cluster answered", { cause });
  }
}

interface Upstream {
  readonly host: string;
  readonly port: number;
}

/** `1.2.3.4`, `1.2.3.4:53`, `::1`, `[::1]:53`. */
function parseUpstream(text: string): Upstream {
  if (isIPv6(text)) return { host: text, port: DNS_PORT };
  const match = /^\[?(.*?)\]?(?::(\d+))?$/.exec(text);
  return { host: match?.[1] ?? text, port: Number(match?.[2] ?? DNS_PORT) };
}

/** A socket, and so a random port, for each query. */
function askUdp(packet: Uint8Array, { host, port }: Upstream, clock: Clock): Promise<Buffer> {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const timeout = clock.timer(TRY_MS, () => reject(new Error(`Resolver "${host}" did not answer in time`)));
  socket.on("error", reject);
  socket.on("message", (answer) => {
    if (answers(answer, packet)) resolve(answer);
  });
  socket.connect(port, host, () => socket.send(packet));
  return promise.finally(() => {
    timeout[Symbol.dispose]();
    socket.close();
  });
}

function askTcp(packet: Uint8Array, { host, port }: Upstream, clock: Clock): Promise<Buffer> {
  const socket = connect({ host, port });
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const timeout = clock.timer(TRY_MS, () => reject(new Error(`Resolver "${host}" did not answer in time`)));
  let received = Buffer.alloc(0);
  socket.on("error", reject);
  socket.on("close", () => reject(new Error(`Resolver "${host}" closed the connection`)));
  socket.on("data", (chunk) => {
    const { frames, rest } = splitFrames(Buffer.concat([received, chunk as Buffer]));
    received = rest;
    for (const frame of frames) if (answers(frame, packet)) resolve(frame);
  });
  socket.write(withLength(packet));
  return promise.finally(() => {
    timeout[Symbol.dispose]();
    socket.destroy();
  });
}

/** Same id, and a response. */
function answers(answer: Buffer, query: Uint8Array): boolean {
  return answer.length >= 12 && answer[0] === query[0] && answer[1] === query[1] && (answer[2]! & 0x80) !== 0;
}
