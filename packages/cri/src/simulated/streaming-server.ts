import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock, Random } from "@dingi/base";
import type { WebSocket } from "ws";
import { RuntimeError } from "../runtime-error.ts";
import type { ExecRequest } from "../runtime-service.ts";
import { executionSession, type Session } from "./execution-session.ts";

/** Newest first. v5 can close one channel (255), which is how standard input ends. */
const PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
const CLOSE = 255;
/** As long as containerd keeps a token. */
const TOKEN_LIFE_MS = 60_000;
const MOST_MESSAGE_BYTES = 1024 * 1024;

type Environment = Readonly<Record<string, string>>;

/**
 * Answers exec and attach over WebSocket, on a port of the loopback address that opens with the first URL.
 * Differs: no SPDY, and no port-forward, because no simulated process listens.
 */
export class StreamingServer {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #sessions = new Map<string, () => Session>();
  #server: Promise<Server> | undefined;

  constructor(options: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  execUrl(request: ExecRequest, environment: Environment): Promise<string> {
    const { cmd, stdin, tty } = request;
    return this.#url("exec", () => executionSession({ cmd, stdin, tty, environment, clock: this.#clock }));
  }

  /** Shows nothing until either side leaves. */
  attachUrl(): Promise<string> {
    return this.#url("attach", () => ({ start() {}, stdin() {}, endStdin() {}, abandon() {} }));
  }

  async portForwardUrl(): Promise<string> {
    throw new RuntimeError("Unimplemented", "A simulated pod has no ports to forward to");
  }

  async close(): Promise<void> {
    const server = await this.#server;
    server?.closeAllConnections();
    server?.close();
  }

  async #url(kind: string, session: () => Session): Promise<string> {
    this.#server ??= this.#listen();
    const server = await this.#server;
    const token = this.#random.bytes(8).toHex();
    this.#sessions.set(token, session);
    this.#clock.timer(TOKEN_LIFE_MS, () => this.#sessions.delete(token));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/${kind}/${token}`;
  }

  async #listen(): Promise<Server> {
    const { WebSocketServer } = await import("ws");
    const webSockets = new WebSocketServer({
      noServer: true,
      maxPayload: MOST_MESSAGE_BYTES,
      handleProtocols: (offered) => PROTOCOLS.find((name) => offered.has(name)) ?? false,
    });
    const server = createServer((_, response) => response.writeHead(400).end("Upgrade to WebSocket\n"));
    server.on("upgrade", (request, socket, head) => {
      const session = this.#sessions.get(tokenOf(request));
      const refusal = refusalOf(request, session);
      if (refusal) return refuse(socket, refusal);
      this.#sessions.delete(tokenOf(request));
      webSockets.handleUpgrade(request, socket, head, (webSocket) => converse(webSocket, session!()));
    });
    server.unref();
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
    return server;
  }
}

function tokenOf(request: IncomingMessage): string {
  return request.url?.split("?")[0]?.split("/")[2] ?? "";
}

function refusalOf(request: IncomingMessage, session: unknown): string | undefined {
  if (!session) return "404 Not Found";
  const offered = String(request.headers["sec-websocket-protocol"] ?? "").split(/\s*,\s*/);
  return offered.some((name) => PROTOCOLS.includes(name)) ? undefined : "403 Forbidden";
}

function refuse(socket: Duplex, status: string): void {
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function converse(webSocket: WebSocket, session: Session): void {
  const send = (channel: number, data: Uint8Array) => webSocket.send(Buffer.concat([Buffer.of(channel), data]));
  webSocket.on("message", (data: Buffer) => {
    if (data[0] === STDIN) session.stdin(data.subarray(1));
    else if (data[0] === CLOSE && data[1] === STDIN) session.endStdin();
  });
  webSocket.on("close", () => session.abandon());
  webSocket.on("error", () => webSocket.terminate());
  session.start({
    print: (text, stream) => send(stream === "stdout" ? STDOUT : STDERR, Buffer.from(text)),
    exit: (code) => {
      send(STATUS, Buffer.from(JSON.stringify(statusOf(code))));
      webSocket.close(1000);
    },
  });
}

/** Upstream: client-go/tools/remotecommand/v4.go#errorDecoderV4 */
function statusOf(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}
