import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { Duplex } from "node:stream";
import { newServiceUnavailable, type ApiRequest, type ApiResponse } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import { forwardUpgrade, requesterOver } from "@dingi/client";
import { offeredProtocols } from "../streams/web-socket.ts";

export interface RelayTarget {
  readonly connection: Duplex;
  readonly tls?: RelayTls;
  readonly authority: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** Whom the other end has to be; anybody, where `rejectUnauthorized` is false. */
interface RelayTls {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: false;
}

/** Not passed on: those of one hop, and credentials that are meant for this server. */
const DROPPED = new Set([
  "connection",
  "keep-alive",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "authorization",
  "host",
  "http2-settings",
]);
/** Not passed on either: who it is for another server to impersonate, and whom this one says it is. */
const IDENTITIES = ["impersonate-", "x-remote-"];
const HOP = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "trailer"]);

/** Passes a request on and its answer back; an upgrade becomes a pipe. Redirects are the client's to follow. */
export async function relay(request: ApiRequest, target: RelayTarget): Promise<ApiResponse> {
  const headers = { host: target.authority, ...passedOn(request), ...target.headers };
  return request.upgrade ? await relayUpgrade(request, target, headers) : await relayPlain(request, target, headers);
}

/** The headers that a server behind this one may see. */
export function passedOn(request: ApiRequest): OutgoingHttpHeaders {
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(
      ([name, value]) =>
        value !== undefined &&
        !name.startsWith(":") &&
        !DROPPED.has(name) &&
        !IDENTITIES.some((prefix) => name.startsWith(prefix)),
    ),
  );
  // A token may be among the protocols.
  if (headers["sec-websocket-protocol"]) headers["sec-websocket-protocol"] = offeredProtocols(request).join(", ");
  return headers;
}

async function relayUpgrade(
  request: ApiRequest,
  target: RelayTarget,
  headers: OutgoingHttpHeaders,
): Promise<ApiResponse> {
  const { path, connection, tls } = target;
  const upgrade = {
    path,
    method: request.method,
    headers: { ...headers, connection: "Upgrade" },
    connection,
    signal: request.signal,
    ...(tls ? { tls } : {}),
  };
  try {
    const refused = await forwardUpgrade(request.upgrade!, upgrade);
    if (refused) return { status: refused.status, headers: refused.headers, body: refused.body };
    return { status: 101, headers: {}, upgraded: true };
  } catch (error) {
    connection.destroy();
    throw newServiceUnavailable(`error dialing backend: ${describeError(error)}`);
  }
}

async function relayPlain(
  request: ApiRequest,
  target: RelayTarget,
  headers: OutgoingHttpHeaders,
): Promise<ApiResponse> {
  const { path, connection, tls } = target;
  const send = await requesterOver({ connection, tls });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = send({
    path,
    method: request.method,
    headers: { ...headers, connection: "close" },
    signal: request.signal,
  });
  outgoing.once("error", reject);
  outgoing.once("response", resolve);
  try {
    if (request.readBody) for await (const chunk of request.bodyStream ?? []) outgoing.write(chunk);
    outgoing.end();
    const response = await promise;
    return { status: response.statusCode ?? 502, headers: answerHeaders(response), body: bodyOf(response, connection) };
  } catch (error) {
    connection.destroy();
    if (request.signal.aborted) throw error;
    throw newServiceUnavailable(`error trying to reach service: ${describeError(error)}`);
  }
}

export function answerHeaders(response: IncomingMessage): Record<string, string> {
  const entries = Object.entries(response.headers).filter(([name, value]) => value !== undefined && !HOP.has(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value!]));
}

/** Whoever stops reading ends what the answer comes from. */
export async function* bodyOf(response: IncomingMessage, source: Duplex | IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) yield chunk;
  } finally {
    source.destroy();
  }
}
