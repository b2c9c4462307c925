import { newBadRequest } from "@dingi/apimachinery";
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

export function encodeContinue(token: ContinueToken): string {
  const wire: WireToken = { v: VERSION, rv: token.revision ?? -1, start: `${token.after}\0` };
  return Buffer.from(JSON.stringify(wire)).toString("base64url");
}

/** Throws StatusError 400. */
export function decodeContinue(text: string): ContinueToken {
  const wire = parse(text);
  if (wire?.v !== VERSION || typeof wire.start !== "string" || typeof wire.rv !== "number" || wire.rv === 0) {
    throw newBadRequest(
      "invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
    );
  }
  return { revision: wire.rv < 0 ? undefined : wire.rv, after: wire.start.replace(/\0$/, "") };
}

function parse(text: string): Partial<WireToken> | undefined {
  const bytes = Buffer.from(text, "base64url");
  try {
    return JSON.parse(bytes.toString()) as Partial<WireToken>;
  } catch {
    throw newBadRequest(`invalid continue token: continue key is not valid: ${describe(bytes)}`);
  }
}

/** What Go's decoder says of most texts that are no JSON: it looks at the first byte, as if it were a character. */
function describe(bytes: Uint8Array): string {
  const [first] = bytes;
  if (first === undefined) return "unexpected end of JSON input";
  const shown =
    first >= 0x20 && first < 0x7f ? String.fromCharCode(first) : `\\u${first.toString(16).padStart(4, "0")}`;
  return `invalid character '${shown}' looking for beginning of value`;
}
