import type { Writable } from "node:stream";

/** Writes chunks as fast as the client reads, ends the source when the client goes away, and ends the stream. */
export async function writeStream(writer: Writable, body: AsyncIterable<Uint8Array>): Promise<void> {
  let wake = () => {};
  const proceed = () => wake();
  writer.on("drain", proceed);
  writer.once("close", proceed);
  for await (const chunk of body) {
    if (writer.destroyed) return;
    if (!writer.write(chunk)) await new Promise<void>((resolve) => (wake = resolve));
    if (writer.destroyed) return;
  }
  writer.end();
}

/** Nobody reads the body: what makes it is told to end. */
export async function endUnread(body: Uint8Array | AsyncIterable<Uint8Array> | undefined): Promise<void> {
  if (body && !(body instanceof Uint8Array)) await body[Symbol.asyncIterator]().return?.();
}
