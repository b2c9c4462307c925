import { respondJson } from "../negotiation/respond.ts";
import { requireAcceptable } from "../negotiation/route-media.ts";
import type { NonResourceHandler } from "./non-resource-router.ts";

/** Serves one document in one media type, and refuses who accepts only others. */
export function documentHandler(read: () => object, mediaType = "application/json"): NonResourceHandler {
  return {
    handle: ({ request }) => {
      requireAcceptable(request.headers["accept"], [mediaType]);
      return respondJson(200, read(), { "content-type": mediaType });
    },
  };
}
