import { newBadRequest, StatusError } from "../errors/status-error.ts";

/** The patch itself is malformed. */
export const badPatch = (message: string): StatusError => newBadRequest(message);

/**
 * The patch does not fit the object. The answer does not say why, as upstream's does not; the cause does.
 * Upstream: apimachinery/pkg/api/errors/errors.go#NewGenericServerResponse
 */
export function unprocessable(why: string): StatusError {
  return new StatusError(
    {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: "the server rejected our request due to an error in our request",
      reason: "Invalid",
      details: {},
      code: 422,
    },
    { cause: new Error(why) },
  );
}

/** What upstream answers with 500 and the bare text. */
export const failure = (message: string): StatusError => StatusError.make(500, "", message);

/** Runs what calls itself as deep as the patch nests; a patch that is too deep for that is malformed. */
export function boundedDepth<T>(apply: () => T): T {
  try {
    return apply();
  } catch (error) {
    if (error instanceof RangeError) throw badPatch("error decoding patch: exceeded max depth");
    throw error;
  }
}
