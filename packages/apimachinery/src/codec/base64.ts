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
  // Up to the first character that is none of the alphabet, bytes and characters are the same.
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isLineBreak(code)) continue;
    if (isDigit(code)) inQuantum = (inQuantum + 1) % 4;
    else if (code === PADDING && inQuantum >= 2) return checkPadding(text, at, inQuantum);
    else throw illegal(at);
  }
  if (inQuantum !== 0) throw illegal(text.length - inQuantum);
}

/** Behind the first "=": another one where two are needed, and nothing else but line breaks. */
function checkPadding(text: string, first: number, inQuantum: number): void {
  let at = afterLineBreaks(text, first + 1);
  if (inQuantum === 2) {
    if (at === text.length) throw illegal(byteLength(text));
    if (text.charCodeAt(at) !== PADDING) throw illegal(at - 1);
    at = afterLineBreaks(text, at + 1);
  }
  if (at < text.length) throw illegal(at);
}

function afterLineBreaks(text: string, from: number): number {
  let at = from;
  while (at < text.length && isLineBreak(text.charCodeAt(at))) at++;
  return at;
}

const PADDING = 0x3d;
const isLineBreak = (code: number): boolean => code === 0x0a || code === 0x0d;
const DIGITS = new Set(Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"));
const isDigit = (code: number): boolean => DIGITS.has(code);

const byteLength = (text: string): number => Buffer.byteLength(text);

const illegal = (at: number): DecodeError => new DecodeError("type", `illegal base64 data at input byte ${at}`);

/** Go reads a list of numbers into bytes as well. */
export function base64OfBytes(bytes: readonly number[] | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString("base64");
}
