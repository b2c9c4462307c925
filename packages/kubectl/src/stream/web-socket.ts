import type { IncomingMessage } from "node:http";
import { WebSocket, type ClientOptions, type RawData } from "ws";
import { failure } from "@dingi/client";
import type { Connection } from "../config/connection.ts";
import { CommandError } from "../command-error.ts";
import { USER_AGENT } from "../session.ts";

interface WebSocketTarget {
  readonly path: string;
  readonly query: URLSearchParams;
  /** Offered in this order. */
  readonly protocols: readonly string[];
}

/** Opens a WebSocket to the API server. A refusal is thrown as the Status that the server answered with. */
export async function openWebSocket(connection: Connection, target: WebSocketTarget): Promise<WebSocket> {
  const { server, ca, cert, key, token, insecure, servername, headers } = connection;
  const url = `${server.replace(/^http/, "ws")}${target.path}?${target.query}`;
  const options: ClientOptions = {
    headers: { "user-agent": USER_AGENT, ...headers, ...(token ? { authorization: `Bearer ${token()}` } : {}) },
    rejectUnauthorized: !insecure,
    perMessageDeflate: false,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
  };
  const socket = new WebSocket(url, [...target.protocols], options);
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  // The handlers of the stream come with the promise's next turn: nothing may be read before.
  socket.once("open", () => {
    socket.pause();
    resolve(socket);
  });
  socket.once("error", reject);
  socket.once("unexpected-response", (_request: unknown, response: IncomingMessage) => {
    void failure(response.statusCode ?? 502, response as AsyncIterable<Uint8Array>).then(reject, reject);
  });
  try {
    return await promise;
  } finally {
    socket.removeAllListeners("error");
    socket.on("error", () => {});
  }
}

/** What arrived, as one piece. */
export function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

/** Waits until the frame has been handed to the network. */
export async function send(socket: WebSocket, frame: Uint8Array): Promise<void> {
  if (socket.readyState !== WebSocket.OPEN) throw new CommandError("the connection to the server was closed");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.send(frame, (error) => (error ? reject(error) : resolve()));
  await promise;
}

/** A frame of a channel: its number, then the data. */
export function channelFrame(channel: number, data: Uint8Array | string): Uint8Array {
  return Buffer.concat([Uint8Array.of(channel), typeof data === "string" ? Buffer.from(data) : data]);
}
