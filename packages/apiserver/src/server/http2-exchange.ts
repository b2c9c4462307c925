import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { ApiResponse, Peer } from "@dingi/apimachinery";
import { HttpRequest } from "./http-request.ts";
import { endUnread, writeStream, writeWhole } from "./write-stream.ts";

/** A request of HTTP/2, read from its stream; Node's own request and response objects cost a third of a GET. */
export function http2Request(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, peer: Peer): HttpRequest {
  stream.on("error", ignore);
  const { ":method": method = "GET", ":path": url = "/" } = headers;
  if (headers["expect"] === "100-continue") stream.additionalHeaders({ ":status": 100 });
  const reads = method !== "GET" && method !== "HEAD" && !stream.endAfterHeaders;
  return new HttpRequest({
    method,
    url,
    headers,
    body: reads ? stream : undefined,
    peer,
    onGone(callback) {
      // Not "close": by then Node itself has ended the writing side, and an answered stream looks the same.
      if (stream.aborted) return callback();
      stream.once("aborted", callback);
      // Until its end has been read, a stream that the client closes without an error stays open.
      if (!reads) stream.resume();
    },
  });
}

export async function respondHttp2(stream: ServerHttp2Stream, response: ApiResponse, headOnly: boolean): Promise<void> {
  const { body } = response;
  if (stream.destroyed) return await endUnread(body);
  // Who is answered before his request has come whole need not go on sending it.
  if (!stream.readableEnded) stream.once("finish", () => stream.close(constants.NGHTTP2_NO_ERROR));
  const headers = rawHeadersOf(response);
  const endStream = headOnly || body === undefined;
  stream.respond(headers, { endStream });
  if (endStream) return await endUnread(body);
  if (body instanceof Uint8Array) writeWhole(stream, body);
  else await writeStream(stream, body);
}

/** Names and values in turn: Node takes them as they are, where it would copy and check an object. */
function rawHeadersOf({ status, headers, body }: ApiResponse): string[] {
  const raw = [":status", String(status)];
  for (const name of Object.keys(headers)) {
    const value = headers[name]!;
    if (typeof value === "string") raw.push(name, value);
    else for (const one of value) raw.push(name, one);
  }
  if (body instanceof Uint8Array && headers["content-length"] === undefined)
    raw.push("content-length", String(body.length));
  return raw;
}

export function resetStream(stream: ServerHttp2Stream): void {
  if (!stream.destroyed) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
}

function ignore(): void {
  // A stream that fails also closes, and everything that matters hangs on that.
}
