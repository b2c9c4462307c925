import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import { once } from "node:events";
import type { ApiResponse } from "@dingi/apimachinery";

type Writer = ServerResponse | Http2ServerResponse;

/** Writes an answer; a stream is pulled only as fast as the client reads. */
export async function writeResponse(writer: Writer, response: ApiResponse, headOnly: boolean): Promise<void> {
  const { status, headers, body } = response;
  for (const [name, value] of Object.entries(headers)) writer.setHeader(name, value as string | string[]);
  writer.statusCode = status;
  if (body === undefined || headOnly) return void writer.end();
  if (body instanceof Uint8Array) {
    if (!("content-length" in headers)) writer.setHeader("content-length", body.length);
    return void writer.end(body);
  }
  if ("flushHeaders" in writer) writer.flushHeaders();
  await writeStream(writer, body);
}

async function writeStream(writer: Writer, body: AsyncIterable<Uint8Array>): Promise<void> {
  const closed = new AbortController();
  writer.once("close", () => closed.abort());
  for await (const chunk of body) {
    if (closed.signal.aborted) return;
    if ((writer as ServerResponse).write(chunk)) continue;
    const drained = await once(writer, "drain", { signal: closed.signal }).catch(() => undefined);
    if (!drained) return;
  }
  writer.end();
}
