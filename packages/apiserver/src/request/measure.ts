import { StatusError, type ApiRequest, type ApiResponse } from "@dingi/apimachinery";
import { describeError, type Logger } from "@dingi/base";
import type { RequestMetrics } from "../metrics/request-metrics.ts";
import { respondError } from "../negotiation/respond.ts";
import { parseRequestInfo, type RequestInfo } from "../routing/request-info.ts";
import type { Filter } from "./filter.ts";
import { toStatusError } from "./status-of.ts";

/** Counts and times, from the reading of the path to an answer, which everything that is thrown becomes here. */
export function measure(metrics: RequestMetrics, logger: Logger): Filter {
  return async (call, next) => {
    const { request } = call;
    using measured = metrics.begin(request);
    const answered = (response: ApiResponse): ApiResponse => {
      measured.end(response.status);
      return request.peer.capability ? response : withAuditId(response, call.auditId);
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

function withAuditId(response: ApiResponse, auditId: string): ApiResponse {
  return { ...response, headers: { ...response.headers, "audit-id": auditId } };
}
