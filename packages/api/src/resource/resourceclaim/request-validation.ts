import { invalid, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { validateLabel, validateSubdomain } from "../../core/pod/validation/names.ts";
import { configurationErrors } from "../device/configuration.ts";
import { withinLimit } from "../device/lists.ts";
import { selectorErrors } from "../device/selectors.ts";
import { tolerationErrors } from "../device/taints.ts";
import { requestListErrors, requestNames, type RequestNames } from "./request-names.ts";
import type {
  V1DeviceClaim,
  V1DeviceConstraint,
  V1DeviceRequest,
  V1DeviceSubRequest,
  V1ExactDeviceRequest,
} from "./resourceclaim.gen.ts";

const MAX_REQUESTS = 32;
const MAX_CONSTRAINTS = 32;
const MAX_CONFIGS = 32;
const MAX_ALTERNATIVES = 8;

/** Upstream: pkg/apis/resource/validation/validation.go#validateDeviceClaim */
export function deviceClaimErrors(claim: Partial<V1DeviceClaim>, field: FieldPath): FieldError[] {
  const names = requestNames(claim);
  const [requests, constraints, config] = [field.child("requests"), field.child("constraints"), field.child("config")];
  return [
    ...withinLimit(claim.requests, MAX_REQUESTS).flatMap((request, i) => requestErrors(request, requests.index(i))),
    ...withinLimit(claim.constraints, MAX_CONSTRAINTS).flatMap((constraint, i) =>
      constraintErrors(constraint, names, constraints.index(i)),
    ),
    ...withinLimit(claim.config, MAX_CONFIGS).flatMap((one, i) => [
      ...requestListErrors(one.requests, names, config.index(i).child("requests")),
      ...configurationErrors(one, config.index(i)),
    ]),
  ];
}

function requestErrors({ name, exactly, firstAvailable = [] }: V1DeviceRequest, field: FieldPath): FieldError[] {
  const errors = validateLabel(name ?? "", field.child("name"));
  const text = "exactly one of `exactly` or `firstAvailable` is required";
  if (exactly && firstAvailable.length > 0)
    return [...errors, invalid(field, null, `${text}, but multiple fields are set`)];
  if (exactly) return [...errors, ...exactErrors(exactly, field.child("exactly"))];
  if (firstAvailable.length === 0) return [...errors, required(field, text)];
  const at = field.child("firstAvailable");
  return [
    ...errors,
    ...withinLimit(firstAvailable, MAX_ALTERNATIVES).flatMap((subRequest, i) =>
      subRequestErrors(subRequest, at.index(i)),
    ),
  ];
}

function exactErrors(request: V1ExactDeviceRequest, field: FieldPath): FieldError[] {
  const { deviceClassName } = request;
  const at = field.child("deviceClassName");
  return [
    ...(deviceClassName ? validateSubdomain(deviceClassName, at) : [required(at)]),
    ...deviceRequirementErrors(request, field),
  ];
}

/** Its class is declared. */
function subRequestErrors(request: V1DeviceSubRequest, field: FieldPath): FieldError[] {
  return [...validateLabel(request.name ?? "", field.child("name")), ...deviceRequirementErrors(request, field)];
}

function deviceRequirementErrors(request: V1ExactDeviceRequest | V1DeviceSubRequest, field: FieldPath): FieldError[] {
  return [
    ...selectorErrors(request.selectors, field.child("selectors")),
    ...countErrors(request, field.child("count")),
    ...tolerationErrors(request.tolerations, field.child("tolerations")),
  ];
}

/** Upstream: …#validateDeviceAllocationMode */
function countErrors(
  { allocationMode, count = 0 }: Pick<V1ExactDeviceRequest, "allocationMode" | "count">,
  field: FieldPath,
): FieldError[] {
  if (allocationMode === "All" && count !== 0)
    return [invalid(field, count, "must not be specified when allocationMode is 'All'")];
  if (allocationMode === "ExactCount" && count <= 0) return [invalid(field, count, "must be greater than zero")];
  return [];
}

/** Upstream: …#validateDeviceConstraint */
function constraintErrors(constraint: V1DeviceConstraint, names: RequestNames, field: FieldPath): FieldError[] {
  const { requests, matchAttribute, distinctAttribute } = constraint;
  const errors = requestListErrors(requests, names, field.child("requests"));
  if (matchAttribute !== undefined || distinctAttribute !== undefined) return errors;
  const text = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
  return [...errors, required(field, text)];
}
