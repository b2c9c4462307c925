import { WireWriter } from "./wire.ts";

const HEADER = 4;

/**
 * A watch event as one frame: its length in four bytes, big-endian, and the event's bare message, with the object in its
 * envelope. Upstream: apimachinery/pkg/util/framer/framer.go, apis/meta/v1/generated.proto#WatchEvent
 */
export function frameWatchEvent(type: string, object: Uint8Array): Uint8Array {
  const writer = new WireWriter();
  writer.raw(object);
  writer.close(1, 0);
  writer.close(2, 0);
  const before = writer.size;
  writer.text(type);
  writer.close(1, before);
  const header = Buffer.alloc(HEADER);
  header.writeUInt32BE(writer.size);
  writer.raw(header);
  return writer.finish();
}
