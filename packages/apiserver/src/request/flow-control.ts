import type { ApiResponse } from "@dingi/apimachinery";
import { respondText } from "../negotiation/respond.ts";
import type { Filter } from "./filter.ts";
import type { MaxInFlight } from "./max-in-flight.ts";

/** Lets no more requests on at once than can be served well. */
export function flowControl(inFlight: MaxInFlight): Filter {
  return async (call, next) => {
    // Components in this process are few, and would only ask again.
    if (call.request.peer.capability) return await next(call);
    const place = inFlight.enter(call);
    if (!place) return tooManyRequests();
    try {
      return await next(call);
    } finally {
      place.leave();
    }
  };
}

/** Upstream: apiserver/pkg/server/filters/priority-and-fairness.go#tooManyRequests, in plain text and no Status */
function tooManyRequests(): ApiResponse {
  return respondText(429, "Too many requests, please try again later.\n", { "retry-after": "1" });
}
