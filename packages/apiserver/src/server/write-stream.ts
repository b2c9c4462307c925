import { once } from "node:events";
import type { Writable } from "node:stream";

/** Writes chunks as fast as the client reads, ends the source when the client goes away, and ends the stream. */
export async function writeStream(writer: Writable, body: AsyncIterable<Uint8Array>): Promise<void> {
  const closed = new AbortController();
  writer.once("close", () => closed.abort());
  for await (const chunk of body) {
    if (closed.signal.aborted) return;
    if (writer.write(chunk)) continue;
    const drained = await once(writer, "drain", { signal: closed.signal }).catch(() => undefined);
    if (!drained) return;
  }
  writer.end();
}

/** Nobody reads the body: what makes it is told to end. */
export async function endUnread(body: Uint8Array | AsyncIterable<Uint8Array> | undefined): Promise<void> {
  if (body && !(body instanceof Uint8Array)) await body[Symbol.asyncIterator]().return?.();
}
