import { newInternalError, StatusError, type ApiRequest } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";

/** What a client is told of whatever was thrown. */
export function toStatusError(error: unknown, request: ApiRequest): StatusError {
  if (error instanceof StatusError) return error;
  if (request.signal.aborted)
    return StatusError.make(499, "Timeout", "The client went away before the request was answered");
  return newInternalError(describeError(error));
}
