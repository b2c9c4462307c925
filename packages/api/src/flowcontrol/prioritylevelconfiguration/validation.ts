import {
  forbidden,
  goValue,
  invalid,
  notSupported,
  path,
  required,
  semanticEqual,
  type FieldError,
} from "@dingi/apimachinery";
import { validateConditionTypes } from "../flowschema/condition-validation.ts";
import {
  V1PriorityLevelConfigurationSpec,
  type V1LimitedPriorityLevelConfiguration,
  type V1PriorityLevelConfiguration,
} from "./prioritylevelconfiguration.gen.ts";
import { validateQueuing } from "./queuing-validation.ts";

const EXEMPT = "exempt";
const CATCH_ALL = "catch-all";
const TYPES = ["Exempt", "Limited"];
const RESPONSES = ["Queue", "Reject"];
const ROUND_TRIP = "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares";
const NOT_NEGATIVE = "must be a non-negative integer";
const PERCENT = "must be between 0 and 100, inclusive";
const SPEC = path("spec");
const LIMITED = SPEC.child("limited");
const RESPONSE = LIMITED.child("limitResponse");

/** What is left when nothing else fits. Upstream: apiserver/pkg/apis/flowcontrol/bootstrap/default.go#MandatoryPriorityLevelConfigurationCatchAll */
const CATCH_ALL_SPEC: V1PriorityLevelConfigurationSpec = {
  type: "Limited",
  limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: "Reject" } },
};

type Spec = V1PriorityLevelConfigurationSpec;

/** What is declared of unions and types goes last. Upstream: pkg/apis/flowcontrol/validation/validation.go#ValidatePriorityLevelConfiguration */
export function validatePriorityLevel({ metadata, spec, status }: V1PriorityLevelConfiguration): FieldError[] {
  const { name = "", annotations } = metadata;
  const isOld = annotations?.[ROUND_TRIP] !== undefined;
  return [
    ...(isOld ? [forbidden(path("metadata", "annotations"), `annotation '${ROUND_TRIP}' is forbidden`)] : []),
    ...typeErrors(spec, name),
    ...mandatoryErrors(spec, name),
    ...validateConditionTypes(status.conditions ?? []),
    ...declaredErrors(spec),
  ];
}

function typeErrors(spec: Spec, name: string): FieldError[] {
  const type = spec.type ?? "";
  const field = SPEC.child("type");
  const isRight = (name === EXEMPT) === (type === "Exempt");
  const errors = isRight ? [] : [invalid(field, type, "must be 'Exempt' if and only if `name` is 'exempt'")];
  if (type === "Exempt") return [...errors, ...exemptErrors(spec)];
  if (type === "Limited") return spec.limited ? [...errors, ...limitedErrors(spec.limited)] : errors;
  return type === "" ? errors : [...errors, notSupported(field, type, TYPES)];
}

function exemptErrors({ exempt = {} }: Spec): FieldError[] {
  const { nominalConcurrencyShares: shares = 0, lendablePercent = 0 } = exempt;
  const field = SPEC.child("exempt");
  return [
    ...(shares < 0 ? [invalid(field.child("nominalConcurrencyShares"), shares, NOT_NEGATIVE)] : []),
    ...(isPercent(lendablePercent) ? [] : [invalid(field.child("lendablePercent"), lendablePercent, PERCENT)]),
  ];
}

const isPercent = (value: number): boolean => value >= 0 && value <= 100;

function limitedErrors(limited: V1LimitedPriorityLevelConfiguration): FieldError[] {
  const { lendablePercent = 0, borrowingLimitPercent = 0 } = limited;
  const shares = limited.nominalConcurrencyShares ?? 0;
  const borrowing = LIMITED.child("borrowingLimitPercent");
  return [
    ...(shares < 0 ? [invalid(LIMITED.child("nominalConcurrencyShares"), shares, NOT_NEGATIVE)] : []),
    ...responseErrors(limited),
    ...(isPercent(lendablePercent) ? [] : [invalid(LIMITED.child("lendablePercent"), lendablePercent, PERCENT)]),
    ...(borrowingLimitPercent < 0 ? [invalid(borrowing, borrowingLimitPercent, `if specified, ${NOT_NEGATIVE}`)] : []),
  ];
}

/** Upstream: …#ValidateLimitResponse */
function responseErrors({ limitResponse }: V1LimitedPriorityLevelConfiguration): FieldError[] {
  const { type, queuing } = limitResponse ?? {};
  if (!type || type === "Reject") return [];
  if (type !== "Queue") return [notSupported(RESPONSE.child("type"), type, RESPONSES)];
  return queuing ? validateQueuing(queuing, RESPONSE.child("queuing")) : [];
}

/** Of the exempt level only what it lends may be chosen. Upstream: …#ValidateIfMandatoryPriorityLevelConfigurationObject */
function mandatoryErrors(spec: Spec, name: string): FieldError[] {
  const shown = () => goValue(V1PriorityLevelConfigurationSpec, { ...spec });
  if (name === EXEMPT && (spec.type !== "Exempt" || spec.limited)) {
    return [invalid(SPEC, shown(), `spec of '${EXEMPT}' except the 'spec.exempt' field must equal the fixed value`)];
  }
  if (name !== CATCH_ALL || semanticEqual(spec, CATCH_ALL_SPEC)) return [];
  return [invalid(SPEC, shown(), `spec of '${CATCH_ALL}' must equal the fixed value`)];
}

/** Upstream: pkg/apis/flowcontrol/v1/zz_generated.validations.go#Validate_PriorityLevelConfigurationSpec */
function declaredErrors({ type, exempt, limited }: Spec): FieldError[] {
  return [
    ...(exempt && type !== "Exempt" ? [forbidden(SPEC.child("exempt"), "")] : []),
    ...(limited && type !== "Limited" ? [forbidden(LIMITED, "")] : []),
    ...(!limited && type === "Limited" ? [required(LIMITED)] : []),
    ...(type ? [] : [required(SPEC.child("type"))]),
    ...(limited ? declaredResponseErrors(limited) : []),
  ];
}

function declaredResponseErrors({ limitResponse }: V1LimitedPriorityLevelConfiguration): FieldError[] {
  const { type, queuing } = limitResponse ?? {};
  const field = RESPONSE.child("queuing");
  return [
    ...(queuing && type !== "Queue" ? [forbidden(field, "")] : []),
    ...(!queuing && type === "Queue" ? [required(field)] : []),
    ...(type ? [] : [required(RESPONSE.child("type"))]),
  ];
}
