import { StatusError, type ApiRequest, type ApiResponse } from "@dingi/apimachinery";
import { offeredProtocols, WebSocketConnection } from "./web-socket.ts";

/** Whether messages are the bytes themselves. Upstream: streaming/pkg/httpstream/wsstream/stream.go#NewDefaultReaderProtocols */
const IS_BINARY: Readonly<Record<string, boolean>> = {
  "": true,
  "binary.k8s.io": true,
  "base64.binary.k8s.io": false,
};

export const asksForWebSocket = ({ upgrade, headers }: ApiRequest): boolean =>
  upgrade !== undefined && headers["upgrade"]?.toLowerCase() === "websocket";

/**
 * An answer's bytes as messages of a WebSocket, after an empty one; it is closed at their end, and read no further when
 * the client closes. `open` gets the request without its wish for an upgrade; a failure is answered as it is.
 */
export async function readOverWebSocket(
  request: ApiRequest,
  open: (request: ApiRequest) => Promise<ApiResponse>,
): Promise<ApiResponse> {
  const protocol = chooseProtocol(request);
  const left = new AbortController();
  const signal = AbortSignal.any([request.signal, left.signal]);
  const answer = await open(withoutUpgrade(request, signal));
  if (answer.status !== 200 || answer.body === undefined || answer.body instanceof Uint8Array) return answer;
  const connection = await WebSocketConnection.accept(request, protocol);
  const body = answer.body[Symbol.asyncIterator]();
  void awaitClose(connection).finally(() => left.abort(new Error("The client closed the WebSocket")));
  void send(connection, body, IS_BINARY[protocol]!);
  return { status: 101, headers: {}, upgraded: true };
}

function chooseProtocol(request: ApiRequest): string {
  const offered = offeredProtocols(request);
  const chosen = offered.length === 0 ? "" : offered.find((name) => Object.hasOwn(IS_BINARY, name));
  if (chosen !== undefined) return chosen;
  const names = Object.keys(IS_BINARY).filter((name) => name !== "");
  const text = `None of the WebSocket protocols "${offered.join('", "')}" is spoken here; offer "${names.join('" or "')}"`;
  throw StatusError.make(403, "Forbidden", text);
}

function withoutUpgrade({ method, path, query, headers, peer }: ApiRequest, signal: AbortSignal): ApiRequest {
  const kept = Object.entries(headers).filter(([name]) => name !== "upgrade" && !name.startsWith("sec-websocket-"));
  return { method, path, query, headers: Object.fromEntries(kept), peer, signal };
}

/** Clients have nothing to say here but that they leave. */
async function awaitClose(connection: WebSocketConnection): Promise<void> {
  // eslint-disable-next-line no-empty
  for await (const _ of connection.messages()) {
  }
}

async function send(connection: WebSocketConnection, body: AsyncIterator<Uint8Array>, binary: boolean): Promise<void> {
  const write = (bytes: Uint8Array) =>
    binary ? connection.send(bytes) : connection.sendText(Buffer.from(bytes).toString("base64"));
  try {
    await write(new Uint8Array());
    for (let next = await body.next(); !next.done; next = await body.next())
      if (next.value.length > 0) await write(next.value);
    await connection.close();
  } catch {
    // The client or the source of the bytes is gone; there is nobody left to tell but the other.
    connection.destroy();
  } finally {
    await body.return?.().catch(() => {});
  }
}
