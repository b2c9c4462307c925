import type { Duplex } from "node:stream";
import type { ApiResponse } from "@dingi/apimachinery";

/** Answers a request for an upgrade that was not granted, and closes the connection. */
export async function writeUpgradeRefusal(socket: Duplex, response: ApiResponse): Promise<void> {
  // When it is needed: all of "node:http" costs a start 35 ms.
  const { STATUS_CODES } = await import("node:http");
  const body = await collect(response.body);
  const lines = [`HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ""}`];
  for (const [name, value] of Object.entries(response.headers)) {
    for (const one of typeof value === "string" ? [value] : value) lines.push(`${name}: ${one}`);
  }
  lines.push(`content-length: ${body.length}`, "connection: close", "", "");
  socket.end(Buffer.concat([Buffer.from(lines.join("\r\n")), body]));
}

async function collect(body: ApiResponse["body"]): Promise<Uint8Array> {
  if (body === undefined) return new Uint8Array();
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
