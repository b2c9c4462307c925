import { StatusError } from "@dingi/apimachinery";
import type { AdmissionAttributes } from "../../attributes.ts";
import { refusalOf } from "../../refusal.ts";

const UNPROCESSABLE = 422;

/** Upstream: apiserver/pkg/admission/plugin/policy/validating/policy_decision.go#reasonToCode */
const CODES: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
};

/** Whose word it is, and what for. */
export interface DeniedBy {
  readonly policy: string;
  /** Absent where the policy itself is at fault. */
  readonly binding?: string | undefined;
  readonly message: string;
  readonly reason?: string | undefined;
}

/** A refusal in the form of a prohibition, with the reason that the policy gives. Upstream: …/validating/dispatcher.go#Dispatch */
export function newDenied(attributes: AdmissionAttributes, denied: DeniedBy): StatusError {
  const { policy, binding, message, reason = "Invalid" } = denied;
  const by = binding === undefined ? "" : ` with binding '${binding}'`;
  const text = `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${message}`;
  const { status } = refusalOf(attributes, text);
  const code = Object.hasOwn(CODES, reason) ? CODES[reason]! : UNPROCESSABLE;
  return new StatusError({ ...status, reason, code, details: { ...status.details, causes: [{ message: text }] } });
}
