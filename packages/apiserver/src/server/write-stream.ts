import type { ServerHttp2Stream } from "node:http2";
import type { Writable } from "node:stream";

/** A client that takes nothing of what waits for it for this long is gone, or does not want it. */
const STALLED_MS = 60_000;

/** A response of either version of HTTP: it emits "timeout" when nothing was sent or received for that long; never for 0. */
type TimedWritable = Writable & Pick<ServerHttp2Stream, "setTimeout">;

/** Writes chunks as fast as the client reads, ends the source when the client goes away, and ends the stream. */
export async function writeStream(
  writer: TimedWritable,
  body: AsyncIterable<Uint8Array>,
  stalledMs = STALLED_MS,
): Promise<void> {
  let wake = () => {};
  const proceed = () => wake();
  writer.on("drain", proceed);
  writer.once("close", proceed);
  giveUpStalled(writer);
  for await (const chunk of body) {
    if (writer.destroyed) return;
    if (!writer.write(chunk)) {
      const drained = new Promise<void>((resolve) => (wake = resolve));
      writer.setTimeout(stalledMs);
      await drained;
      writer.setTimeout(0);
    }
    if (writer.destroyed) return;
  }
  writer.end();
}

/** Writes all at once. What does not fit into the writer's buffer waits for the client, and no longer than anything else. */
export function writeWhole(writer: TimedWritable, body: Uint8Array, stalledMs = STALLED_MS): void {
  writer.end(body);
  if (body.length <= writer.writableHighWaterMark || writer.writableFinished) return;
  giveUpStalled(writer);
  writer.setTimeout(stalledMs);
  // The connection of HTTP/1.1, whose time-out this is, goes on.
  writer.once("finish", () => writer.setTimeout(0));
}

/** One listener for as long as it lasts: a callback handed to each `setTimeout` would be one more each time. */
function giveUpStalled(writer: TimedWritable): void {
  writer.once("timeout", () => writer.destroy());
}

/** Nobody reads the body: what makes it is told to end. */
export async function endUnread(body: Uint8Array | AsyncIterable<Uint8Array> | undefined): Promise<void> {
  if (body && !(body instanceof Uint8Array)) await body[Symbol.asyncIterator]().return?.();
}
