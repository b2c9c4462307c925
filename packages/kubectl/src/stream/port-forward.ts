import { createServer, isIP, isIPv6, type Server, type Socket } from "node:net";
import type { WebSocket } from "ws";
import { CommandError } from "../command-error.ts";
import type { ForwardedPort } from "../resource/forwarded-ports.ts";
import type { Session } from "../session.ts";
import { bytesOf, channelFrame, openWebSocket, send } from "./web-socket.ts";

/** With one port there are two channels, and the first frame of each names the port. */
const DATA = 0;
const ERROR = 1;

interface ListenAddress {
  readonly address: string;
  /** "localhost" needs only one of its two addresses. */
  readonly isOptional: boolean;
}

/** Upstream: client-go/tools/portforward/portforward.go#parseAddresses */
export function listenAddresses(texts: readonly string[]): ListenAddress[] {
  const found = new Map<string, ListenAddress>();
  for (const text of texts) {
    if (text === "localhost") {
      for (const address of ["127.0.0.1", "::1"])
        if (!found.has(address)) found.set(address, { address, isOptional: true });
    } else if (isIP(text) > 0) found.set(text, { address: text, isOptional: false });
    else throw new CommandError(`${text} is not a valid IP`);
  }
  return [...found.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** Listens on this machine and hands each connection on to the Pod's port. */
export class PortForwarder implements Disposable {
  readonly #session: Session;
  readonly #pod: { readonly namespace: string; readonly name: string };
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  constructor(session: Session, pod: { readonly namespace: string; readonly name: string }) {
    this.#session = session;
    this.#pod = pod;
  }

  /** Tells of each address that it listens on. Throws when nothing can be listened on. */
  async listen(ports: readonly ForwardedPort[], addresses: readonly ListenAddress[]): Promise<void> {
    let listens = false;
    for (const port of ports) {
      const problem = await this.#listenOn(port, addresses);
      if (problem === undefined) listens = true;
      else await this.#session.warn(`Unable to listen on port ${port.local}: ${problem}\n`);
    }
    if (!listens) {
      const shown = ports.map(({ local, remote }) => `{${local} ${remote}}`).join(" ");
      throw new CommandError(`unable to listen on any of the requested ports: [${shown}]`);
    }
  }

  [Symbol.dispose](): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #listenOn(port: ForwardedPort, addresses: readonly ListenAddress[]): Promise<string | undefined> {
    const failures: { text: string; isOptional: boolean }[] = [];
    let { local } = port;
    for (const { address, isOptional } of addresses) {
      try {
        // All addresses get the port that the first one was given.
        local = await this.#listenAt(address, { ...port, local });
      } catch (error) {
        failures.push({ text: listenError(error, address, local), isOptional });
      }
    }
    const isWhole = failures.every(({ isOptional }) => isOptional) && failures.length < addresses.length;
    if (isWhole) return undefined;
    return `Listeners failed to create with the following errors: [${failures.map(({ text }) => text).join(" ")}]`;
  }

  async #listenAt(address: string, { local, remote }: ForwardedPort): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => void this.#take(socket, remote));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen({ host: address, port: local, ipv6Only: isIPv6(address) }, resolve);
    await promise;
    this.#servers.push(server);
    const bound = server.address();
    const port = typeof bound === "object" && bound ? bound.port : local;
    await this.#session.print(`Forwarding from ${isIPv6(address) ? `[${address}]` : address}:${port} -> ${remote}\n`);
    return port;
  }

  async #take(socket: Socket, remote: number): Promise<void> {
    socket.pause();
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    try {
      await this.#session.print(`Handling connection for ${socket.localPort}\n`);
      const { namespace, name } = this.#pod;
      const stream = await openWebSocket(this.#session.connection, {
        path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/portforward`,
        query: new URLSearchParams({ ports: String(remote) }),
        protocols: ["v4.channel.k8s.io"],
      });
      splice(socket, stream, (problem) => {
        void this.#session.warn(`an error occurred forwarding ${socket.localPort} -> ${remote}: ${problem}\n`);
      });
    } catch (error) {
      await this.#session.warn(
        `error creating forwarding stream for port ${socket.localPort} -> ${remote}: ${(error as Error).message}\n`,
      );
      socket.destroy();
    }
  }
}

function splice(socket: Socket, stream: WebSocket, complain: (problem: string) => void): void {
  const isHeaded = new Set<number>();
  stream.on("message", (data) => {
    const frame = bytesOf(data);
    const channel = frame[0] ?? DATA;
    if (!isHeaded.has(channel)) return void isHeaded.add(channel);
    const content = frame.subarray(1);
    if (channel === ERROR) {
      complain(Buffer.from(content).toString());
      socket.destroy();
      stream.terminate();
    } else if (!socket.write(content)) {
      stream.pause();
      socket.once("drain", () => stream.resume());
    }
  });
  stream.on("close", () => socket.end());
  socket.on("data", (chunk: Uint8Array) => {
    socket.pause();
    void send(stream, channelFrame(DATA, chunk)).then(
      () => socket.resume(),
      () => socket.destroy(),
    );
  });
  // The protocol has no half-closed connections: the Pod may still answer, and ends it then.
  socket.on("close", () => stream.close(1000));
  stream.resume();
  socket.resume();
}

function listenError(error: unknown, address: string, port: number): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const host = isIPv6(address) ? `[${address}]` : address;
  const why =
    code === "EADDRINUSE"
      ? "address already in use"
      : code === "EADDRNOTAVAIL"
        ? "cannot assign requested address"
        : code === "EACCES"
          ? "permission denied"
          : (error as Error).message;
  return `unable to create listener: Error listen tcp${isIPv6(address) ? "6" : "4"} ${host}:${port}: bind: ${why}`;
}
