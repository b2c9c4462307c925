import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { Duplex } from "node:stream";
import { requesterOver } from "./requester.ts";

/** As of node:tls. */
export interface UpgradeTls {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: false;
}

export interface UpgradeTarget {
  readonly path: string;
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  /** A connection to the target; TLS is put on top when `tls` is given. */
  readonly connection: Duplex;
  readonly tls?: UpgradeTls;
  readonly signal: AbortSignal;
}

/** What the target said instead of switching protocols; bounded. */
export interface Refused {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The target has switched protocols. */
export interface Upgraded {
  readonly socket: Duplex;
  /** What came in one piece with the answer. */
  readonly head: Buffer;
  readonly answer: IncomingMessage;
}

export type UpgradeOutcome =
  | { readonly upgraded: Upgraded; readonly refused?: undefined }
  | { readonly refused: Refused; readonly upgraded?: undefined };

const MAX_REPLY = 64 * 1024;
const HOP_HEADERS = new Set(["connection", "content-length", "keep-alive", "transfer-encoding", "upgrade", "trailer"]);

/** Asks a target to switch protocols. Rejects when it cannot be spoken to. The connection of one that refuses is closed. */
export async function openUpgrade(target: UpgradeTarget): Promise<UpgradeOutcome> {
  const { path, method, headers, signal } = target;
  const outgoing = (await requesterOver(target))({ path, method, headers, signal });
  const { promise, resolve, reject } = Promise.withResolvers<UpgradeOutcome>();
  outgoing.once("error", reject);
  outgoing.once("upgrade", (answer, socket, head) => {
    outgoing.off("error", reject);
    resolve({ upgraded: { socket, head, answer } });
  });
  outgoing.once("response", (response) => {
    const said = refusal(response).finally(() => target.connection.destroy());
    said.then((refused) => resolve({ refused }), reject);
  });
  outgoing.end();
  return await promise;
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
