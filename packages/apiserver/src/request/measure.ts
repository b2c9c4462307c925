import { newInternalError, StatusError, type ApiRequest, type ApiResponse } from "@dingi/apimachinery";
import { describeError, type Logger } from "@dingi/base";
import type { RequestMetrics } from "../metrics/request-metrics.ts";
import { respondError } from "../negotiation/respond.ts";
import { parseRequestInfo, type RequestInfo } from "../routing/request-info.ts";
import type { Filter } from "./filter.ts";

/** Counts and times, from the reading of the path to an answer, which everything that is thrown becomes here. */
export function measure(metrics: RequestMetrics, logger: Logger): Filter {
  return async (call, next) => {
    const { request } = call;
    using measured = metrics.begin(request);
    const answered = (response: ApiResponse): ApiResponse => {
      measured.end(response.status);
      return response;
    };
    try {
      call.info = readInfo(request);
      measured.describe(call.info);
      return answered(await next(call));
    } catch (error) {
      const failure = toStatusError(error, request);
      if (failure.code >= 500 && !(error instanceof StatusError))
        logger.error("Request failed", { method: request.method, path: request.path, error });
      return answered(respondError(request, failure, call.warnings));
    }
  };
}

function readInfo(request: ApiRequest): RequestInfo {
  try {
    return parseRequestInfo(request.method, request.path, request.query);
  } catch (error) {
    throw StatusError.make(400, "BadRequest", `The request's path is not valid: ${describeError(error)}`);
  }
}

function toStatusError(error: unknown, request: ApiRequest): StatusError {
  if (error instanceof StatusError) return error;
  if (request.signal.aborted)
    return StatusError.make(499, "Timeout", "The client went away before the request was answered");
  return newInternalError(describeError(error));
}
