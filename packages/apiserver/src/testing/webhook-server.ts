import { createServer, type ServerOptions } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import type { Dialer } from "@dingi/apimachinery";
import { seededRandom } from "@dingi/base";
import { createCertificateAuthority, type AlternativeNames } from "@dingi/component-base";

/** What a webhook does with what it is sent. */
export type Answerer = (request: WebhookRequest, response: ServerResponse) => void;

interface WebhookRequest {
  /** With the query. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
  /** Of the connection that it came over. */
  readonly port: number;
}

export interface WebhookServer extends AsyncDisposable {
  readonly port: number;
  /** PEM in base64, as configurations have it. */
  readonly caBundle: string;
  /** What came, in its order. */
  readonly requests: WebhookRequest[];
  /** Leads to this server, whatever is dialled; `dialled` tells what was. */
  readonly dialer: Dialer;
  readonly dialled: string[];
}

const VALIDITY = { notBefore: Date.UTC(2020), notAfter: Date.UTC(2100) };

/** A real HTTPS server on this machine's loopback. */
export async function startWebhookServer(
  answer: Answerer,
  { seed = 1, ...names }: AlternativeNames & { readonly seed?: number } = { dnsNames: ["hook.default.svc"] },
): Promise<WebhookServer> {
  const ca = await createCertificateAuthority({ commonName: "hooks", random: seededRandom(seed), ...VALIDITY });
  const usages = ["digital signature", "server auth"];
  const { certificatePem, keyPem } = ca.issue({ subject: { commonName: "hook" }, usages, ...VALIDITY, ...names });
  const requests: WebhookRequest[] = [];
  const tls: ServerOptions = { cert: certificatePem, key: keyPem };
  const server = createServer(tls, (request, response) => {
    void received(request).then((one) => {
      requests.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const dialled: string[] = [];
  const dialer: Dialer = {
    dial: (target) => {
      const { host, port: wanted } = target as { host: string; port: number };
      dialled.push(`${host}:${wanted}`);
      return Promise.resolve(connect(port, "127.0.0.1"));
    },
  };
  return {
    port,
    caBundle: Buffer.from(ca.certificatePem).toString("base64"),
    requests,
    dialer,
    dialled,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function received(request: IncomingMessage): Promise<WebhookRequest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  const { url = "", headers, socket } = request;
  return { url, headers, body: JSON.parse(Buffer.concat(chunks).toString() || "null"), port: socket.remotePort ?? 0 };
}
