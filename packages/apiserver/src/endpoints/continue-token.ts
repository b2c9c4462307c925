import { newBadRequest, type StatusError } from "@dingi/apimachinery";
import type { Revision } from "@dingi/store";

/** Where the next page of a list begins. Upstream: apiserver/pkg/storage/continue.go */
export interface ContinueToken {
  /** Undefined: the list goes on at the newest revision, inconsistent with its earlier pages. */
  readonly revision: Revision | undefined;
  /** Keys after this one follow. */
  readonly after: string;
}

interface WireToken {
  readonly v: string;
  readonly rv: number;
  readonly start: string;
}

const VERSION = "meta.k8s.io/v1";
const BASE64URL = /^[A-Za-z0-9_-]*$/;

export function encodeContinue(token: ContinueToken): string {
  const wire: WireToken = { v: VERSION, rv: token.revision ?? -1, start: `${token.after}\0` };
  return Buffer.from(JSON.stringify(wire)).toString("base64url");
}

/** Throws StatusError 400. */
export function decodeContinue(text: string): ContinueToken {
  const { v = "", rv = 0, start = "" } = parse(text);
  if (v !== VERSION) throw invalid(`: server does not recognize this encoded version ${v}`);
  if (rv === 0) throw invalid(`: incorrect encoded start resourceVersion (version ${VERSION})`);
  if (start === "") throw invalid(`: encoded start key empty (version ${VERSION})`);
  if (!isClean(start)) throw invalid(`: ${start}`);
  return { revision: rv < 0 ? undefined : rv, after: start.replace(/\0$/, "") };
}

function parse(text: string): Partial<WireToken> {
  const bytes = Buffer.from(text, "base64url");
  if (!BASE64URL.test(text)) throw invalid(`: illegal base64 data at input byte ${text.search(/[^A-Za-z0-9_-]/)}`);
  let wire: unknown;
  try {
    wire = JSON.parse(bytes.toString());
  } catch {
    throw invalid(`: ${describe(bytes)}`);
  }
  if (isWire(wire)) return wire;
  throw invalid(": json: cannot unmarshal what is no continue token");
}

function isWire(wire: unknown): wire is Partial<WireToken> {
  if (typeof wire !== "object" || wire === null || Array.isArray(wire)) return false;
  const { v = "", rv = 0, start = "" } = wire as Record<string, unknown>;
  return typeof v === "string" && typeof start === "string" && Number.isSafeInteger(rv);
}

/** No key leads out of what is listed. */
function isClean(start: string): boolean {
  const parts = (start.startsWith("/") ? start.slice(1) : start).split("/");
  return parts.every((part) => part !== "" && part !== "." && part !== "..");
}

const invalid = (why: string): StatusError => newBadRequest(`invalid continue token: continue key is not valid${why}`);

/** What Go's decoder says of most texts that are no JSON: it looks at the first byte, as if it were a character. */
function describe(bytes: Uint8Array): string {
  const [first] = bytes;
  if (first === undefined) return "unexpected end of JSON input";
  const shown =
    first >= 0x20 && first < 0x7f ? String.fromCharCode(first) : `\\u${first.toString(16).padStart(4, "0")}`;
  return `invalid character '${shown}' looking for beginning of value`;
}
