import { newBadRequest, parseDurationNs, StatusError } from "@dingi/apimachinery";
import { describeError, type Clock } from "@dingi/base";
import type { Filter } from "./filter.ts";
import { isLongRunning } from "./long-running.ts";

/** A request is answered in time, whatever it waits for: its body, a place, the store. Upstream: apiserver/pkg/endpoints/filters/request_deadline.go */
export function deadline(clock: Clock, requestTimeoutMs: number): Filter {
  return async (call, next) => {
    if (isLongRunning(call)) return await next(call);
    const { promise, reject } = Promise.withResolvers<never>();
    const limitMs = timeoutMs(call.request.query, requestTimeoutMs);
    call.deadlineMs = clock.monotonic() + limitMs;
    using _timer = clock.timer(limitMs, () => {
      const expired = newTimeout();
      call.request.giveUp?.(expired);
      reject(expired);
    });
    return await Promise.race([next(call), promise]);
  };
}

/** A client may want it sooner. Throws StatusError 400. */
function timeoutMs(query: URLSearchParams, limitMs: number): number {
  const text = query.get("timeout") ?? "";
  if (text === "") return limitMs;
  const wanted = parse(text);
  return wanted > 0 ? Math.min(wanted, limitMs) : limitMs;
}

function parse(text: string): number {
  try {
    return Number(parseDurationNs(text)) / 1e6;
  } catch (error) {
    throw newBadRequest(`invalid timeout specified in the request URL - ${describeError(error)}`);
  }
}

/** Upstream: apiserver/pkg/server/filters/timeout.go */
function newTimeout(): StatusError {
  return StatusError.make(504, "Timeout", "Timeout: request did not complete within the allotted timeout", {});
}
