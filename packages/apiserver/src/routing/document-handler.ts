import { respondJson } from "../negotiation/respond.ts";
import { requireAcceptable } from "../negotiation/route-media.ts";
import type { NonResourceHandler } from "./non-resource-router.ts";

interface DocumentOptions {
  readonly mediaType?: string;
  /** How long others may keep it; not at all when absent. */
  readonly maxAgeSeconds?: number;
}

/** Serves one document in one media type, and refuses who accepts only others. */
export function documentHandler(
  read: () => object,
  { mediaType = "application/json", maxAgeSeconds }: DocumentOptions = {},
): NonResourceHandler {
  const caching = maxAgeSeconds === undefined ? {} : { "cache-control": `public, max-age=${maxAgeSeconds}` };
  return {
    handle: ({ request }) => {
      requireAcceptable(request.headers["accept"], [mediaType]);
      return respondJson(200, read(), { "content-type": mediaType, ...caching });
    },
  };
}
