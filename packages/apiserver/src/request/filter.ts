import type { ApiResponse } from "@dingi/apimachinery";
import type { Call } from "./call.ts";

/** What follows a filter: the others, and the endpoint at last. */
export type Next = (call: Call) => Promise<ApiResponse>;

/** One station on a request's way. A refusal is thrown as a StatusError. */
export type Filter = (call: Call, next: Next) => Promise<ApiResponse>;

/** One function of the filters in their order, and of what stands behind the last. */
export function chain(filters: readonly Filter[], endpoint: Next): Next {
  return filters.reduceRight<Next>((next, filter) => (call) => filter(call, next), endpoint);
}
