import { decodeJson } from "./decode-json.ts";

/** An integer that JSON.parse could round. */
const LONG_INTEGER = /\d{16}/;

/** What others have encoded, with its long integers as they are. Throws SyntaxError, or what `decodeJson` throws. */
export function parseJson(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return LONG_INTEGER.test(text) ? decodeJson(bytes, {}).value : JSON.parse(text);
}
