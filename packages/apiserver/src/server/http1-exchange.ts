import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApiResponse, Peer } from "@dingi/apimachinery";
import { HttpRequest } from "./http-request.ts";
import { endUnread, writeStream, writeWhole } from "./write-stream.ts";

export function http1Request(request: IncomingMessage, response: ServerResponse, peer: Peer): HttpRequest {
  const { headers, method = "GET", url = "/" } = request;
  const announced = headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
  return new HttpRequest({
    method,
    url,
    headers,
    body: announced && method !== "GET" && method !== "HEAD" ? request : undefined,
    peer,
    onGone(callback) {
      const goneEarly = () => !response.writableFinished && callback();
      if (response.destroyed) goneEarly();
      else response.once("close", goneEarly);
    },
  });
}

export async function respondHttp1(writer: ServerResponse, response: ApiResponse, headOnly: boolean): Promise<void> {
  const { status, headers, body } = response;
  for (const [name, value] of Object.entries(headers)) writer.setHeader(name, value as string | string[]);
  writer.statusCode = status;
  if (!writer.req.complete) writer.setHeader("connection", "close");
  if (body === undefined || headOnly) {
    writer.end();
    return await endUnread(body);
  }
  if (body instanceof Uint8Array) {
    if (!("content-length" in headers)) writer.setHeader("content-length", body.length);
    return writeWhole(writer, body);
  }
  writer.flushHeaders();
  await writeStream(writer, body);
}
