import type { ApiRequest } from "@dingi/apimachinery";

const MAX_SECONDS = 300;

/**
 * For how many seconds a client that has a document of discovery wants to wait for another: with `If-None-Match` and
 * `Prefer: wait=60` (RFC 7240) it need not ask again and again. Undefined where it does not, or cannot know better.
 * Differs: upstream answers at once.
 */
export function preferredWait({ headers }: Pick<ApiRequest, "headers">): number | undefined {
  if (headers["if-none-match"] === undefined) return undefined;
  const seconds = /(?:^|[,;]\s*)wait=(\d{1,9})(?:$|[\s,;])/.exec(headers["prefer"] ?? "")?.[1];
  return seconds === undefined ? undefined : Math.min(MAX_SECONDS, Number(seconds));
}
