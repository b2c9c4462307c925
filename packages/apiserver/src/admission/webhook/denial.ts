import { newBadRequest, StatusError } from "@dingi/apimachinery";
import type { V1Status } from "@dingi/apimachinery";

const BAD_REQUEST = 400;

/** A webhook's refusal, as the client is told it: its own status, with whose it is. Upstream: …/plugin/webhook/errors/statuserror.go#ToStatusErr */
export function newDenial(webhook: string, status: Partial<V1Status> = {}): StatusError {
  const { message, reason, code = 0 } = status;
  const denied = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const why = message || reason;
  return new StatusError({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    ...status,
    status: status.status && status.status !== "Success" ? status.status : "Failure",
    message: why ? `${denied}: ${why}` : `${denied} without explanation`,
    code: Math.max(code, BAD_REQUEST),
  });
}

/** Upstream: …/statuserror.go#NewDryRunUnsupportedErr */
export function newDryRunUnsupported(webhook: string): StatusError {
  return newBadRequest(`admission webhook ${JSON.stringify(webhook)} does not support dry run`);
}
