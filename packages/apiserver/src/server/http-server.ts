import type { EventEmitter } from "node:events";
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough, type Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { ApiHandler, ApiResponse, Peer } from "@dingi/apimachinery";
import { describeError, TurnQueue, type Logger } from "@dingi/base";
import { closeWhenIdle } from "./close-when-idle.ts";
import { HttpRequest } from "./http-request.ts";
import { http1Request, respondHttp1 } from "./http1-exchange.ts";
import { http2Request, resetStream, respondHttp2 } from "./http2-exchange.ts";
import { peerCertificate } from "./peer-certificate.ts";
import { writeUpgradeRefusal } from "./upgrade-refusal.ts";

/** As upstream's default. */
const MAX_CONCURRENT_STREAMS = 250;
/** As upstream: for the handshake, and for a connection on which nobody asks for anything. */
const HANDSHAKE_MS = 32_000;
const IDLE_MS = 90_000;
const NOBODY: Peer = { address: "" };

interface HttpServerOptions {
  readonly handler: ApiHandler;
  readonly cert: string;
  readonly key: string;
  /** PEM bundle that client certificates are verified against. */
  readonly clientCa: string;
  readonly logger: Logger;
}

type ListenTarget = { readonly host: string; readonly port: number } | { readonly fd: number };

/** One TLS port for HTTP/1.1, HTTP/2 and upgrades. The same server can listen at several places. */
export class HttpServer implements AsyncDisposable {
  readonly #options: HttpServerOptions;
  readonly #servers: Http2SecureServer[] = [];
  readonly #connections = new Set<Duplex>();
  readonly #peers = new WeakMap<object, Peer>();
  readonly #arrived = new TurnQueue();

  constructor(options: HttpServerOptions) {
    this.#options = options;
  }

  /** Resolves to the address once connections are taken. Rejects with EADDRINUSE and the like. */
  async listen(target: ListenTarget): Promise<AddressInfo> {
    const server = this.#create();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    if ("fd" in target) server.listen({ fd: target.fd }, resolve);
    else server.listen(target.port, target.host, resolve);
    await promise;
    server.off("error", reject);
    server.on("error", (error) => this.#options.logger.error("Server failed", { error }));
    this.#servers.push(server);
    return server.address() as AddressInfo;
  }

  /** New connections are served with these from now on. */
  setCertificate(cert: string, key: string, clientCa: string): void {
    for (const server of this.#servers) server.setSecureContext({ cert, key, ca: clientCa });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const connection of this.#connections) connection.destroy();
    await Promise.all(closed);
  }

  #create(): Http2SecureServer {
    const { cert, key, clientCa, logger } = this.#options;
    const server = createSecureServer({
      allowHTTP1: true,
      cert,
      key,
      ca: clientCa,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: "TLSv1.2",
      handshakeTimeout: HANDSHAKE_MS,
      settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS },
    });
    server.on("secureConnection", (socket) => this.#track(socket));
    server.on("session", (session) => this.#trackSession(session));
    this.#answerRequests(server);
    server.on("tlsClientError", (error) => logger.debug("TLS handshake failed", { error }));
    server.on("sessionError", (error) => logger.debug("HTTP/2 session failed", { error }));
    return server;
  }

  #answerRequests(server: EventEmitter): void {
    server.on("request", (request: IncomingMessage, response: ServerResponse) => this.#request(request, response));
    // That was for HTTP/1.1; for its sake Node also adds its compatibility layer over HTTP/2's streams.
    server.removeAllListeners("stream");
    server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => this.#stream(stream, headers));
    // Node takes whatever names a protocol for an upgrade, and forgets its body.
    Object.assign(server, { shouldUpgradeCallback: ({ headers }: IncomingMessage) => !hasBody(headers) });
    server.on("upgrade", (request: IncomingMessage, socket: TLSSocket, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
  }

  #track(socket: TLSSocket): void {
    this.#connections.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#connections.delete(socket));
    this.#peers.set(socket, describePeer(socket));
  }

  #trackSession(session: ServerHttp2Session): void {
    this.#peers.set(session, describePeer(session.socket as TLSSocket));
    closeWhenIdle(session, IDLE_MS);
  }

  #stream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const peer = (stream.session && this.#peers.get(stream.session)) ?? NOBODY;
    const request = http2Request(stream, headers, peer);
    const respond = (response: ApiResponse) => respondHttp2(stream, response, request.method === "HEAD");
    this.#begin(request, respond, () => resetStream(stream));
  }

  #request(message: IncomingMessage, response: ServerResponse): void {
    const request = http1Request(message, response, this.#peers.get(message.socket) ?? NOBODY);
    const respond = (answer: ApiResponse) => respondHttp1(response, answer, request.method === "HEAD");
    this.#begin(request, respond, () => response.destroy());
  }

  /** Together with what else arrived in this turn. */
  #begin(request: HttpRequest, respond: (response: ApiResponse) => Promise<void>, giveUp: () => void): void {
    this.#arrived.push(() => {
      this.#answer(request, respond).catch((error: unknown) => {
        this.#warn(request, error);
        giveUp();
      });
    });
  }

  async #answer(request: HttpRequest, respond: (response: ApiResponse) => Promise<void>): Promise<void> {
    await respond(await this.#options.handler.handle(request));
  }

  #warn(request: HttpRequest, error: unknown): void {
    if (request.signal.aborted) return;
    this.#options.logger.warn("Response failed", { path: request.path, error: describeError(error) });
  }

  #upgrade(request: IncomingMessage, socket: TLSSocket, head: Buffer): void {
    const peer = this.#peers.get(socket) ?? NOBODY;
    let taken = false;
    const upgrade = () => {
      taken = true;
      if (head.length > 0) socket.unshift(head);
      return socket;
    };
    const body = new PassThrough();
    body.end();
    const onGone = (callback: () => void) => void socket.once("close", () => !taken && callback());
    const parts = {
      method: request.method ?? "GET",
      url: request.url ?? "/",
      headers: request.headers,
      peer,
      onGone,
      upgrade,
      body,
    };
    void this.#answerUpgrade(new HttpRequest(parts), socket);
  }

  async #answerUpgrade(request: HttpRequest, socket: TLSSocket): Promise<void> {
    try {
      const response: ApiResponse = await this.#options.handler.handle(request);
      if (!response.upgraded) await writeUpgradeRefusal(socket, response);
    } catch (error) {
      this.#options.logger.warn("Upgrade failed", { path: request.path, error: describeError(error) });
      socket.destroy();
    }
  }
}

const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

function describePeer(socket: TLSSocket): Peer {
  const certificate = peerCertificate(socket);
  return { address: socket.remoteAddress ?? "", ...(certificate ? { certificate } : {}) };
}
