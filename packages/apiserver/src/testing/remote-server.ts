import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Dialer } from "@dingi/apimachinery";
import { seededRandom } from "@dingi/base";
import { createCertificateAuthority, dialTcp, type KeyPair } from "@dingi/component-base";

interface RemoteRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  /** Of the client's certificate; undefined without one that is valid. */
  readonly peer: string | undefined;
  readonly body: string;
}

type Answer = (request: RemoteRequest, response: ServerResponse) => void;

const VALIDITY = { notBefore: Date.parse("2020-01-01T00:00:00Z"), notAfter: Date.parse("2120-01-01T00:00:00Z") };

/** An API server of another kind, behind the Service "default/remote", on this machine's loopback. */
export class RemoteServer implements AsyncDisposable {
  readonly caBundle: string;
  readonly frontProxyClient: () => { readonly cert: string; readonly key: string };
  readonly asked: RemoteRequest[] = [];
  answer: Answer = (_request, response) => response.end("{}");
  upgrade: (socket: Duplex) => void = (socket) => socket.destroy();
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  private constructor(authority: { readonly certificatePem: string }, server: KeyPair, client: KeyPair) {
    this.caBundle = Buffer.from(authority.certificatePem).toString("base64");
    this.frontProxyClient = () => ({ cert: client.certificatePem, key: client.keyPem });
    const { certificatePem: cert, keyPem: key } = server;
    const tls = { cert, key, ca: authority.certificatePem, requestCert: true, rejectUnauthorized: false };
    this.#server = createServer(tls, (request, response) => void this.#serve(request, response));
    this.#server.on("secureConnection", (socket: Duplex) => this.#sockets.add(socket));
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
      this.asked.push(requestOf(request, ""));
      this.upgrade(socket);
    });
  }

  static async start(): Promise<RemoteServer> {
    const ca = await createCertificateAuthority({ commonName: "remote-ca", random: seededRandom(7), ...VALIDITY });
    const of = (commonName: string, dnsNames?: readonly string[]) =>
      ca.issue({
        subject: { commonName },
        usages: ["server auth", "client auth"],
        ...VALIDITY,
        ...(dnsNames ? { dnsNames } : {}),
      });
    const remote = new RemoteServer(ca, of("remote", ["remote.default.svc"]), of("front-proxy-client"));
    await new Promise<void>((resolve) => remote.#server.listen(0, "127.0.0.1", resolve));
    return remote;
  }

  /** Whatever is dialled, it is this server. */
  get dialer(): Dialer {
    const { port } = this.#server.address() as AddressInfo;
    return { dial: async (_target, signal) => await dialTcp("127.0.0.1", port, signal) };
  }

  /** Nobody listens any more, and nobody's connection is kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
    const asked = requestOf(request, Buffer.concat(chunks).toString());
    this.asked.push(asked);
    this.answer(asked, response);
  }
}

function requestOf(request: IncomingMessage, body: string): RemoteRequest {
  const socket = request.socket as TLSSocket;
  const peer = socket.authorized ? String(socket.getPeerCertificate().subject?.CN) : undefined;
  return { method: request.method ?? "", url: request.url ?? "", headers: request.headers, peer, body };
}
