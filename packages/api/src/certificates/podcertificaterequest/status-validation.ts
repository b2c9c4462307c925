import {
  invalid,
  notSupported,
  OMITTED_VALUE,
  path,
  semanticEqual,
  validateConditions,
  type FieldError,
  type V1Condition,
} from "@dingi/apimachinery";
import { validateIssued } from "./issued-validation.ts";
import type { V1PodCertificateRequest, V1PodCertificateRequestStatus } from "./podcertificaterequest.gen.ts";
import { OUTCOMES } from "./validation.ts";

const STATUS = path("status");
const CONDITIONS = STATUS.child("conditions");
const AT_MOST_ONE = 'There may be at most one condition with type "Issued", "Denied", or "Failed"';
const FINAL = "immutable after PodCertificateRequest is issued, denied, or failed";
const ONLY_CONDITIONS = "non-condition status fields must be empty when denying or failing the PodCertificateRequest";
const NO_TRANSITION = 'status is immutable unless transitioning to "Issued", "Denied", or "Failed"';

/** From nothing to one of the outcomes, and no further. Upstream: pkg/apis/certificates/validation/validation.go#ValidatePodCertificateRequestStatusUpdate */
export function validateRequestStatusUpdate(
  request: V1PodCertificateRequest,
  old: V1PodCertificateRequest,
  nowMs: number,
): FieldError[] {
  const { status } = request;
  const conditions = status.conditions ?? [];
  const errors = [...outcomeErrors(conditions), ...validateConditions(conditions, CONDITIONS)];
  if (errors.length > 0) return errors;
  if (outcomeOf(old.status) !== undefined) return equalOr(status, old.status, FINAL);
  switch (outcomeOf(status)) {
    case "Issued":
      return validateIssued(request, nowMs);
    case "Denied":
    case "Failed":
      return equalOr(status, { conditions }, ONLY_CONDITIONS);
    default:
      return equalOr(status, old.status, NO_TRANSITION);
  }
}

function equalOr(
  status: V1PodCertificateRequestStatus,
  wanted: V1PodCertificateRequestStatus,
  text: string,
): FieldError[] {
  return semanticEqual(status, wanted) ? [] : [invalid(STATUS, OMITTED_VALUE, text)];
}

const outcomeOf = ({ conditions = [] }: V1PodCertificateRequestStatus): string | undefined =>
  conditions.find(({ type, status }) => OUTCOMES.includes(type) && status === "True")?.type;

/** The path has a point before the index, as upstream's. */
function outcomeErrors(conditions: readonly V1Condition[]): FieldError[] {
  let known = 0;
  return conditions.flatMap(({ type = "", status = "" }, i) => {
    const field = CONDITIONS.child(`[${i}]`);
    if (!OUTCOMES.includes(type)) return [notSupported(field.child("type"), type, OUTCOMES)];
    return [
      ...(++known > 1 ? [invalid(field.child("type"), type, AT_MOST_ONE)] : []),
      ...(status === "True" ? [] : [notSupported(field.child("status"), status, ["True"])]),
    ];
  });
}
