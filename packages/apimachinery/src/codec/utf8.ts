import { isAscii, isUtf8 } from "node:buffer";

interface Text {
  readonly text: string;
  /** Present when every byte is one character, so that offsets into both are the same. */
  readonly ascii: Buffer | undefined;
}

/** Bytes as text. Like Go, every byte that is not UTF-8 becomes one replacement character. */
export function readText(bytes: Uint8Array): Text {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(buffer)) return { text: buffer.toString("latin1"), ascii: buffer };
  return { text: isUtf8(buffer) ? buffer.toString("utf8") : readInvalid(buffer), ascii: undefined };
}

function readInvalid(buffer: Buffer): string {
  const valid = Buffer.allocUnsafe(REPLACEMENT.length * buffer.length);
  let [written, start] = [0, 0];
  for (let i = 0; i < buffer.length;) {
    const length = runeLength(buffer, i);
    if (length > 0) {
      i += length;
      continue;
    }
    written += buffer.copy(valid, written, start, i);
    written += REPLACEMENT.copy(valid, written);
    start = ++i;
  }
  written += buffer.copy(valid, written, start);
  return valid.toString("utf8", 0, written);
}

const REPLACEMENT = Buffer.from("\ufffd");

/** Bytes of the rune at an offset; 0 when there is none. */
function runeLength(buffer: Buffer, at: number): number {
  const first = buffer[at]!;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length <= 1) return length;
  return at + length <= buffer.length && isUtf8(buffer.subarray(at, at + length)) ? length : 0;
}
