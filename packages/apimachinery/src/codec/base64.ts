import { DecodeError } from "./decode-error.ts";

const CLEAN = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

/** Base64 as Go writes it back. Like Go, line breaks are passed over. @throws {DecodeError} in Go's words */
export function canonicalBase64(text: string): string {
  if (text.length % 4 === 0 && CLEAN.test(text)) return text;
  checkBase64(text);
  return Buffer.from(text, "base64").toString("base64");
}

/** What is wrong with it; undefined when it can be read. */
export function base64Problem(text: string): string | undefined {
  try {
    canonicalBase64(text);
    return undefined;
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}

/** Upstream: go/src/encoding/base64/base64.go#decodeQuantum */
function checkBase64(text: string): void {
  let inQuantum = 0;
  for (const [at, char] of indexedChars(text)) {
    if (/[A-Za-z0-9+/]/.test(char)) inQuantum = (inQuantum + 1) % 4;
    else if (char === "=" && inQuantum >= 2) return checkPadding(text, at, inQuantum);
    else throw illegal(at);
  }
  if (inQuantum !== 0) throw illegal(byteLength(text) - inQuantum);
}

function checkPadding(text: string, at: number, inQuantum: number): void {
  const rest = [...indexedChars(text)].filter(([position]) => position > at);
  const needed = inQuantum === 2 ? 1 : 0;
  if (rest.length < needed) throw illegal(byteLength(text));
  if (needed === 1 && rest[0]![1] !== "=") throw illegal(rest[0]![0] - 1);
  if (rest.length > needed) throw illegal(rest[needed]![0]);
}

/** Characters with their byte offsets, without line breaks. */
function* indexedChars(text: string): Generator<[number, string]> {
  let at = 0;
  for (const char of text) {
    if (char !== "\n" && char !== "\r") yield [at, char];
    at += byteLength(char);
  }
}

const byteLength = (text: string): number => Buffer.byteLength(text);

const illegal = (at: number): DecodeError => new DecodeError("type", `illegal base64 data at input byte ${at}`);

/** Go reads a list of numbers into bytes as well. */
export function base64OfBytes(bytes: readonly number[] | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString("base64");
}
