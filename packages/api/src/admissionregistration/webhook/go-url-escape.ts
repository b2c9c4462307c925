import { goQuote } from "@dingi/apimachinery";

/** The text is no URL. The message is Go's. */
export class UrlError extends Error {
  override name = "UrlError";
}

/** What may stand in a host as it is; beyond ASCII everything may. */
const STRANGE_IN_HOST = /[^A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"\u0080-\u{10ffff}]/u;

/**
 * Throws UrlError where a "%" is followed by something else than two digits, or where the text holds what its place
 * does not allow: a host escapes only what is beyond ASCII, and a zone behind it only what it could say plainly.
 * Upstream: go/src/net/url/url.go#unescape
 */
export function checkEscapes(text: string, place: "host" | "zone" | "any" = "any"): void {
  for (const { 0: piece } of text.matchAll(/%.{0,2}|[^%]/gsu)) {
    const isEscape = piece.startsWith("%");
    if (isEscape && !isAllowed(piece, place)) throw new UrlError(`invalid URL escape ${goQuote(piece)}`);
    const fits = isEscape || place === "any" || !STRANGE_IN_HOST.test(piece);
    if (!fits) throw new UrlError(`invalid character ${goQuote(piece)} in host name`);
  }
}

function isAllowed(escape: string, place: "host" | "zone" | "any"): boolean {
  if (!/^%[0-9A-Fa-f]{2}$/.test(escape)) return false;
  if (place === "any" || escape === "%25") return true;
  const code = Number.parseInt(escape.slice(1), 16);
  if (place === "host") return code >= 0x80;
  const plain = String.fromCharCode(code);
  return code < 0x80 && (plain === " " || !STRANGE_IN_HOST.test(plain));
}

export function unescape(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.fromHex(escapes.replaceAll("%", ""))),
  );
}

/** A user's name or password, escaped anew. Upstream: go/src/net/url/url.go#Userinfo.String */
export function escapeUser(text: string): string {
  return text.replace(/%..|[^A-Za-z0-9\-._~$&+,;=]/g, (piece) => {
    const code = piece.length === 3 ? Number.parseInt(piece.slice(1), 16) : piece.codePointAt(0)!;
    const plain = String.fromCharCode(code);
    return /[A-Za-z0-9\-._~$&+,;=]/.test(plain) ? plain : `%${code.toString(16).toUpperCase().padStart(2, "0")}`;
  });
}
