import { request as httpRequest, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";

export interface UpgradeTarget {
  readonly path: string;
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  /** A connection to the target; TLS is put on top when `tls` is given. */
  readonly connection: Duplex;
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string; readonly servername?: string };
  readonly signal: AbortSignal;
}

/** What the target said instead of switching protocols; bounded. */
export interface Refused {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const MAX_REPLY = 64 * 1024;
const HOP_HEADERS = new Set(["connection", "content-length", "keep-alive", "transfer-encoding", "upgrade", "trailer"]);

/**
 * Passes an upgrade on: once the target switches protocols, bytes flow both ways until either side ends. Returns the
 * target's answer when it does not switch. Upstream: apimachinery/pkg/util/proxy/upgradeaware.go
 */
export async function forwardUpgrade(takeOver: () => Duplex, target: UpgradeTarget): Promise<Refused | undefined> {
  const outgoing = send(target);
  const { promise, resolve, reject } = Promise.withResolvers<Refused | undefined>();
  outgoing.once("error", reject);
  outgoing.once("upgrade", (response, socket, head) => {
    outgoing.off("error", reject);
    splice(takeOver(), socket, { head, answer: headOf(response) });
    resolve(undefined);
  });
  outgoing.once("response", (response) => void refusal(response).then(resolve, reject));
  outgoing.end();
  return await promise;
}

function send(target: UpgradeTarget): ClientRequest {
  const { path, method, headers, connection, tls, signal } = target;
  const options = { path, method, headers, signal };
  if (!tls) return httpRequest({ ...options, createConnection: () => connection as never });
  return httpsRequest({
    ...options,
    agent: false,
    socket: connection as never,
    ...tls,
    ALPNProtocols: ["http/1.1"],
  } as never);
}

function headOf(response: IncomingMessage): string {
  const lines = [`HTTP/1.1 101 ${response.statusMessage || "Switching Protocols"}`];
  for (let i = 0; i < response.rawHeaders.length; i += 2)
    lines.push(`${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function splice(client: Duplex, target: Duplex, { head, answer }: { head: Uint8Array; answer: string }): void {
  client.write(answer);
  if (head.length > 0) client.write(head);
  client.pipe(target);
  target.pipe(client);
  const end = () => {
    client.destroy();
    target.destroy();
  };
  for (const side of [client, target]) {
    side.on("error", end);
    side.on("close", end);
  }
}

async function refusal(response: IncomingMessage): Promise<Refused> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MAX_REPLY) break;
    chunks.push(chunk);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined && !HOP_HEADERS.has(name)) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return { status: response.statusCode ?? 502, headers, body: Buffer.concat(chunks) };
}
