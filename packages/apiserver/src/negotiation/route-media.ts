import { StatusError } from "@dingi/apimachinery";

/** Every answer fits. */
export const ANYTHING: readonly string[] = ["*/*"];

/**
 * Refuses what can never be answered as it is asked for, before anything is read or done. Only whole media types count
 * here: what may be asked for within one is for `negotiate` to say. Throws StatusError 406.
 * Upstream: go-restful/route.go#matchesAccept
 */
export function requireAcceptable(accept: string | undefined, produces: readonly string[]): void {
  if (accept === undefined || accept === "" || names(accept, produces)) return;
  throw refusal(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${produces.join(", ")}`);
}

/** Throws StatusError 415. Upstream: go-restful/route.go#matchesContentType */
export function requireConsumable(contentType: string | undefined, consumes: readonly string[]): void {
  if (names(contentType ?? "", consumes)) return;
  throw refusal(415, "UnsupportedMediaType", "415: Unsupported Media Type");
}

/** Whether a header names one of the types, without regard to parameters; case counts. */
function names(header: string, types: readonly string[]): boolean {
  if (types.includes("*/*")) return true;
  return header
    .split(",")
    .map((range) => trimmed(range.split(";")[0]!))
    .some((type) => type === "*/*" || types.includes(type));
}

const trimmed = (text: string): string => text.trim();

/** Whoever refuses a route has not looked at any resource. */
function refusal(code: number, reason: "NotAcceptable" | "UnsupportedMediaType", message: string): StatusError {
  return StatusError.make(code, reason, message, {});
}
