import { Agent } from "node:https";
import type { Duplex } from "node:stream";
import { connect, type TLSSocket } from "node:tls";
import type { Dialer } from "@dingi/apimachinery";
import type { Trust } from "./trusted-authorities.ts";
import { verifyServer } from "./verify-server.ts";

/** As Go's client does with connections that nobody uses. Upstream: client-go/transport/cache.go#idleConnsPerHost */
const IDLE_MS = 90_000;
const MAX_IDLE = 25;
/** More than there may be writes at the same time: one slow webhook keeps waiting only who asks it. */
const MAX_TO_ONE = 512;

/** What a request says beyond Node's own options. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  /** Whom the certificate must name. */
  readonly serverName: string;
  readonly trust: Trust;
  /** Of the call that wants the connection first. Node keeps `signal` to itself. */
  readonly callSignal: AbortSignal;
}

type Created = (error: Error | null, socket?: Duplex) => void;

/** Connections to webhooks, kept alive for each address, name and trust. */
export class WebhookAgent extends Agent {
  readonly #dialer: Dialer;

  constructor(dialer: Dialer) {
    super({ keepAlive: true, maxFreeSockets: MAX_IDLE, maxSockets: MAX_TO_ONE, scheduling: "fifo", timeout: IDLE_MS });
    this.#dialer = dialer;
  }

  override getName(options: object = {}): string {
    const { host, port, serverName, trust } = options as Destination;
    return `${host} ${port} ${serverName} ${trust.id}`;
  }

  override createConnection(options: object, created: Created): undefined {
    this.#connect(options as Destination).then(
      (socket) => created(null, socket),
      (error: unknown) => created(error as Error),
    );
  }

  async #connect({ host, port, serverName, trust, callSignal }: Destination): Promise<TLSSocket> {
    const socket = await this.#dialer.dial({ host, port }, callSignal);
    return await secured(socket, { serverName, trust, callSignal });
  }
}

async function secured(
  socket: Duplex,
  { serverName, trust, callSignal: signal }: Omit<Destination, "host" | "port">,
): Promise<TLSSocket> {
  const secure = connect({
    socket,
    secureContext: trust.context,
    rejectUnauthorized: trust.anybody !== true,
    servername: isName(serverName) ? serverName : "",
    checkServerIdentity: (_host, certificate) => verifyServer(serverName, certificate),
    ALPNProtocols: ["http/1.1"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal.reason as Error);
  const onEnd = () => reject(Object.assign(new Error("EOF"), { code: "ECONNRESET" }));
  secure.once("secureConnect", resolve);
  secure.once("error", reject);
  secure.once("close", onEnd);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await promise;
    return secure;
  } catch (error) {
    secure.on("error", () => {});
    secure.destroy();
    socket.destroy();
    throw error;
  } finally {
    secure.off("error", reject);
    secure.off("close", onEnd);
    signal.removeEventListener("abort", onAbort);
  }
}

/** Addresses are no server names. */
const isName = (host: string): boolean => !/^[\d.]+$|:/.test(host);
