import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import type { IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createCertificateAuthority } from "@dingi/component-base";
import { systemClock, systemRandom } from "@dingi/base";
import { WebSocketServer } from "ws";
import { CannedAnswers, type Answer } from "./canned-answers.ts";
import { recordedRequest, type RecordedRequest } from "./recorded-request.ts";

const DAY_MS = 86_400_000;
const STATUS_CHANNEL = 3;
const V5 = "v5.channel.k8s.io";

/** An API server on loopback that writes down what it is asked, and answers from a `World`. */
export class CannedServer implements AsyncDisposable {
  readonly #server: Http2SecureServer;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has(V5) ? V5 : false),
  });
  readonly #connections = new Set<Socket>();
  #answers = new CannedAnswers();
  #requests: RecordedRequest[] = [];

  private constructor(server: Http2SecureServer) {
    this.#server = server;
    server.on("secureConnection", (socket: Socket) => {
      this.#connections.add(socket);
      socket.once("close", () => this.#connections.delete(socket));
    });
    server.on(
      "request",
      (request: Http2ServerRequest, response: Http2ServerResponse) => void this.#serve(request, response),
    );
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
  }

  static async start(): Promise<CannedServer> {
    const period = { notBefore: systemClock.now() - DAY_MS, notAfter: systemClock.now() + DAY_MS };
    const authority = await createCertificateAuthority({ commonName: "canned", random: systemRandom, ...period });
    const { certificatePem, keyPem } = authority.issue({
      subject: { commonName: "canned" },
      usages: ["digital signature", "server auth"],
      ipAddresses: ["127.0.0.1"],
      ...period,
    });
    const server = createSecureServer({ cert: certificatePem, key: keyPem, allowHTTP1: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    return new CannedServer(server);
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A kubeconfig of this server, as JSON. */
  get kubeconfig(): string {
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "canned", cluster: { server: this.url, "insecure-skip-tls-verify": true } }],
      users: [{ name: "somebody", user: { token: "known" } }],
      contexts: [{ name: "canned", context: { cluster: "canned", user: "somebody" } }],
      "current-context": "canned",
    });
  }

  /** Begins anew, and answers with what was asked since the last time. */
  reset(): RecordedRequest[] {
    const requests = this.#requests;
    this.#requests = [];
    this.#answers = new CannedAnswers();
    return requests;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sockets.close();
    this.#server.close(() => resolve());
    for (const socket of this.#connections) socket.destroy();
    await promise;
  }

  async #serve(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const { asked, recorded } = recordedRequest(request, Buffer.concat(chunks));
    this.#requests.push(recorded);
    reply(response, this.#answers.answer(asked));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#requests.push(recordedRequest(request, new Uint8Array()).recorded);
    if (!String(request.headers["sec-websocket-protocol"]).includes(V5)) {
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (stream) => {
      const status = JSON.stringify({ metadata: {}, status: "Success" });
      stream.send(Buffer.concat([Uint8Array.of(STATUS_CHANNEL), Buffer.from(status)]));
      stream.close(1000);
    });
  }
}

function reply(response: Http2ServerResponse, { status, type, body, open = false }: Answer): void {
  response.writeHead(status, { "content-type": type });
  for (const piece of body) response.write(piece);
  if (!open) response.end();
}
