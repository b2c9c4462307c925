import {
  compareQuantity,
  duplicate,
  forbidden,
  invalid,
  isQualifiedName,
  path,
  quantityMilliValue,
  quantityValue,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { isOvercommitAllowed } from "../pod/resource-names.ts";
import { validateContainerResourceName, validateResourceName } from "../pod/validation/resources.ts";
import type { V1LimitRange, V1LimitRangeItem } from "./limitrange.gen.ts";

const TYPES: ReadonlySet<string> = new Set(["Pod", "Container", "PersistentVolumeClaim"]);
/** More thousandths do not fit 64 bits. */
const MAX_MILLI_VALUE = Number((2n ** 63n - 1n) / 1000n);

/** Upstream: pkg/apis/core/validation/validation.go#ValidateLimitRange */
export function validateLimitRange({ spec }: V1LimitRange): FieldError[] {
  const seen = new Set<string>();
  return (spec.limits ?? []).flatMap((limit, i) => {
    const field = path("spec", "limits").index(i);
    const errors = typeErrors(limit.type, field.child("type"));
    if (seen.has(limit.type)) errors.push(duplicate(field.child("type"), limit.type));
    seen.add(limit.type);
    return [...errors, ...nameErrors(limit, field), ...relationErrors(limit, field)];
  });
}

function typeErrors(type: string, field: FieldPath): FieldError[] {
  const errors = isQualifiedName(type).map((text) => invalid(field, type, text));
  if (errors.length > 0 || type.includes("/") || TYPES.has(type)) return errors;
  return [invalid(field, type, "must be a standard limit type or fully qualified")];
}

type List = "max" | "min" | "default" | "defaultRequest" | "maxLimitRequestRatio";

function nameErrors(limit: V1LimitRangeItem, field: FieldPath): FieldError[] {
  const ofContainers = limit.type === "Pod" || limit.type === "Container";
  const check = ofContainers ? validateContainerResourceName : validateResourceName;
  const names = (list: List): FieldError[] =>
    Object.keys(limit[list] ?? {}).flatMap((name) => check(name, field.child(list).key(name)));
  const defaults = (["default", "defaultRequest"] as const).flatMap((list) => {
    if (limit.type !== "Pod") return names(list);
    const isEmpty = Object.keys(limit[list] ?? {}).length === 0;
    return isEmpty ? [] : [forbidden(field.child(list), "may not be specified when `type` is 'Pod'")];
  });
  return [
    ...names("max"),
    ...names("min"),
    ...defaults,
    ...storageErrors(limit, field),
    ...names("maxLimitRequestRatio"),
  ];
}

function storageErrors({ type, min, max }: V1LimitRangeItem, field: FieldPath): FieldError[] {
  if (type !== "PersistentVolumeClaim" || min?.["storage"] !== undefined || max?.["storage"] !== undefined) return [];
  const text = "either minimum or maximum storage value is required, but neither was provided";
  return [required(field.child("limits"), text)];
}

/** Of one resource. */
interface Amounts {
  readonly name: string;
  readonly max?: string | undefined;
  readonly min?: string | undefined;
  readonly default?: string | undefined;
  readonly defaultRequest?: string | undefined;
  readonly ratio?: string | undefined;
}

function relationErrors(limit: V1LimitRangeItem, field: FieldPath): FieldError[] {
  const { max, min, maxLimitRequestRatio: ratio } = limit;
  const [limits, requests] = limit.type === "Pod" ? [] : [limit.default, limit.defaultRequest];
  const lists = [max, min, limits, requests, ratio];
  return [...new Set(lists.flatMap((list) => Object.keys(list ?? {})))].flatMap((name) => {
    const amounts: Amounts = {
      name,
      max: max?.[name],
      min: min?.[name],
      default: limits?.[name],
      defaultRequest: requests?.[name],
      ratio: ratio?.[name],
    };
    return [...orderErrors(amounts, field), ...ratioErrors(amounts, field), ...overcommitErrors(amounts, field)];
  });
}

/** Each rule: what may not be more than what, in which words, and which of the two is shown where. */
const ORDER: readonly {
  readonly less: keyof Amounts;
  readonly more: keyof Amounts;
  readonly at: keyof Amounts;
  readonly shown: keyof Amounts;
  readonly text: (less: string, more: string) => string;
}[] = [
  {
    less: "min",
    more: "max",
    at: "min",
    shown: "min",
    text: (min, max) => `min value ${min} is greater than max value ${max}`,
  },
  {
    less: "min",
    more: "defaultRequest",
    at: "defaultRequest",
    shown: "defaultRequest",
    text: (min, request) => `min value ${min} is greater than default request value ${request}`,
  },
  {
    less: "defaultRequest",
    more: "max",
    at: "defaultRequest",
    shown: "defaultRequest",
    text: (request, max) => `default request value ${request} is greater than max value ${max}`,
  },
  {
    less: "defaultRequest",
    more: "default",
    at: "defaultRequest",
    shown: "defaultRequest",
    text: (request, limit) => `default request value ${request} is greater than default limit value ${limit}`,
  },
  {
    less: "min",
    more: "default",
    at: "default",
    shown: "min",
    text: (min, limit) => `min value ${min} is greater than default value ${limit}`,
  },
  {
    less: "default",
    more: "max",
    at: "default",
    shown: "max",
    text: (limit, max) => `default value ${limit} is greater than max value ${max}`,
  },
];

function orderErrors(amounts: Amounts, field: FieldPath): FieldError[] {
  return ORDER.flatMap(({ less, more, at, shown, text }) => {
    const [low, high] = [amounts[less], amounts[more]];
    if (low === undefined || high === undefined || compareQuantity(low, high) <= 0) return [];
    return [invalid(field.child(at).key(amounts.name), amounts[shown], text(low, high))];
  });
}

function ratioErrors({ name, ratio, min, max }: Amounts, field: FieldPath): FieldError[] {
  if (ratio === undefined) return [];
  const at = field.child("maxLimitRequestRatio").key(name);
  const errors = compareQuantity(ratio, "1") < 0 ? [invalid(at, ratio, `ratio ${ratio} is less than 1`)] : [];
  if (min === undefined || max === undefined) return errors;
  const isSmall = [ratio, min, max].every((quantity) => quantityValue(quantity) < MAX_MILLI_VALUE);
  const most = isSmall ? quantityMilliValue(max) / quantityMilliValue(min) : quantityValue(max) / quantityValue(min);
  const wanted = isSmall ? quantityMilliValue(ratio) / 1000 : quantityValue(ratio);
  if (!(wanted > most)) return errors;
  return [...errors, invalid(at, ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`)];
}

/** Of what cannot be shared, such as a device, a container gets what it requests. */
function overcommitErrors({ name, default: limit, defaultRequest }: Amounts, field: FieldPath): FieldError[] {
  if (isOvercommitAllowed(name) || limit === undefined || defaultRequest === undefined) return [];
  if (compareQuantity(limit, defaultRequest) === 0) return [];
  const text = `default value ${limit} must equal to defaultRequest value ${defaultRequest} in ${name}`;
  return [invalid(field.child("defaultRequest").key(name), defaultRequest, text)];
}
