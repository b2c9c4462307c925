import { DecodeError, decodeObject, newBadRequest, s, type StatusError } from "@dingi/apimachinery";
import type { Revision } from "@dingi/store";

/** Where the next page of a list begins. Upstream: apiserver/pkg/storage/continue.go */
interface ContinueToken {
  /** Undefined: the list goes on at the newest revision, inconsistent with its earlier pages. A bigint is none of ours. */
  readonly revision: Revision | bigint | undefined;
  /** Keys after this one follow. */
  readonly after: string;
}

interface WireToken {
  readonly v: string;
  readonly rv: number | bigint;
  readonly start: string;
}

/** Go's type, whose name stands in messages. */
const WireToken = s.struct("storage.continueToken", () => [
  s.field("v", 1, s.string),
  s.field("rv", 2, s.int64),
  s.field("start", 3, s.string),
]);
const EMPTY: WireToken = { v: "", rv: 0, start: "" };

const VERSION = "meta.k8s.io/v1";
const BASE64URL = /^[A-Za-z0-9_-]*$/;

export function encodeContinue(token: ContinueToken): string {
  const wire: WireToken = { v: VERSION, rv: token.revision ?? -1, start: `${token.after}\0` };
  return Buffer.from(JSON.stringify(wire)).toString("base64url");
}

/** Throws StatusError 400. */
export function decodeContinue(text: string): ContinueToken {
  const { v, rv, start } = parse(text);
  if (v !== VERSION) throw invalid(`: server does not recognize this encoded version ${v}`);
  if (rv === 0) throw invalid(`: incorrect encoded start resourceVersion (version ${VERSION})`);
  if (start === "") throw invalid(`: encoded start key empty (version ${VERSION})`);
  if (!isClean(start)) throw invalid(`: ${start}`);
  return { revision: rv < 0 ? undefined : rv, after: start.replace(/\0$/, "") };
}

function parse(text: string): WireToken {
  if (!BASE64URL.test(text)) throw invalid(`: illegal base64 data at input byte ${text.search(/[^A-Za-z0-9_-]/)}`);
  try {
    return (decodeObject(Buffer.from(text, "base64url"), WireToken).value as WireToken | null) ?? EMPTY;
  } catch (error) {
    throw error instanceof DecodeError ? invalid(`: ${error.message}`) : error;
  }
}

/** No key leads out of what is listed. */
function isClean(start: string): boolean {
  const parts = (start.startsWith("/") ? start.slice(1) : start).split("/");
  return parts.every((part) => part !== "" && part !== "." && part !== "..");
}

const invalid = (why: string): StatusError => newBadRequest(`invalid continue token: continue key is not valid${why}`);
