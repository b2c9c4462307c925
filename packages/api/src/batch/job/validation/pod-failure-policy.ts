import {
  duplicate,
  invalid,
  notSupported,
  OMITTED_VALUE,
  required,
  tooMany,
  validateLabelName,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type {
  V1JobSpec,
  V1PodFailurePolicy,
  V1PodFailurePolicyOnExitCodesRequirement,
  V1PodFailurePolicyOnPodConditionsPattern,
  V1PodFailurePolicyRule,
} from "../job.gen.ts";

const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const OPERATORS = ["In", "NotIn"];
const STATUSES = ["False", "True", "Unknown"];
const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_PATTERNS = 20;

/** Upstream: pkg/apis/batch/validation/validation.go#validatePodFailurePolicy */
export function podFailurePolicyErrors(spec: V1JobSpec, policy: V1PodFailurePolicy, field: FieldPath): FieldError[] {
  const at = field.child("rules");
  const rules = policy.rules ?? [];
  const { containers, initContainers } = spec.template?.spec ?? {};
  const names = new Set([...(containers ?? []), ...(initContainers ?? [])].map(({ name }) => name));
  return [
    ...(rules.length > MAX_RULES ? [tooMany(at, rules.length, MAX_RULES)] : []),
    ...rules.flatMap((rule, i) => [
      ...actionErrors(rule, spec, at.index(i).child("action")),
      ...(rule.onExitCodes ? exitCodeErrors(rule.onExitCodes, names, at.index(i).child("onExitCodes")) : []),
      ...patternErrors(rule.onPodConditions ?? [], at.index(i).child("onPodConditions")),
      ...choiceErrors(rule, at.index(i)),
    ]),
  ];
}

function actionErrors(
  { action = "" }: Partial<V1PodFailurePolicyRule>,
  { backoffLimitPerIndex }: V1JobSpec,
  field: FieldPath,
): FieldError[] {
  if (action === "") return [missing(field, ACTIONS)];
  if (!ACTIONS.includes(action)) return [notSupported(field, action, ACTIONS)];
  if (action !== "FailIndex" || backoffLimitPerIndex !== undefined) return [];
  return [invalid(field, action, "requires the backoffLimitPerIndex to be set")];
}

/** As Go prints a list of quoted words. */
const missing = (field: FieldPath, values: readonly string[]): FieldError =>
  required(field, `valid values: [${values.map((value) => JSON.stringify(value)).join(" ")}]`);

function choiceErrors({ onExitCodes, onPodConditions = [] }: V1PodFailurePolicyRule, field: FieldPath): FieldError[] {
  const hasConditions = onPodConditions.length > 0;
  if ((onExitCodes !== undefined) !== hasConditions) return [];
  const text = hasConditions
    ? "specifying both OnExitCodes and OnPodConditions is not supported"
    : "specifying one of OnExitCodes and OnPodConditions is required";
  return [invalid(field, OMITTED_VALUE, text)];
}

function exitCodeErrors(
  { operator = "", containerName, values }: Partial<V1PodFailurePolicyOnExitCodesRequirement>,
  containerNames: ReadonlySet<string>,
  field: FieldPath,
): FieldError[] {
  const at = field.child("operator");
  const errors: FieldError[] = [];
  if (operator === "") errors.push(missing(at, OPERATORS));
  else if (!OPERATORS.includes(operator)) errors.push(notSupported(at, operator, OPERATORS));
  if (containerName !== undefined && !containerNames.has(containerName)) {
    const text = "must be one of the container or initContainer names in the pod template";
    errors.push(invalid(field.child("containerName"), containerName, text));
  }
  return [...errors, ...codeListErrors(values, operator, field.child("values"))];
}

function codeListErrors(codes: readonly number[] | undefined, operator: string, field: FieldPath): FieldError[] {
  if (!codes?.length) return [invalid(field, codes ?? null, "at least one value is required")];
  const seen = new Set<number>();
  const errors = codes.flatMap((code, i) => [
    ...(operator === "In" && code === 0 ? [invalid(field.index(i), code, "must not be 0 for the In operator")] : []),
    ...(seen.size === seen.add(code).size ? [duplicate(field.index(i), code)] : []),
  ]);
  const count = codes.length;
  if (count > MAX_EXIT_CODES) errors.unshift(tooMany(field, count, MAX_EXIT_CODES));
  const isOrdered = codes.every((code, i) => i === 0 || codes[i - 1]! <= code);
  return isOrdered ? errors : [...errors, invalid(field, codes, "must be ordered")];
}

function patternErrors(patterns: readonly V1PodFailurePolicyOnPodConditionsPattern[], field: FieldPath): FieldError[] {
  return [
    ...(patterns.length > MAX_PATTERNS ? [tooMany(field, patterns.length, MAX_PATTERNS)] : []),
    ...patterns.flatMap(({ type = "", status = "" }: Partial<V1PodFailurePolicyOnPodConditionsPattern>, i) => {
      const at = field.index(i).child("status");
      const errors = validateLabelName(type, field.index(i).child("type"));
      if (status === "") return [...errors, missing(at, STATUSES)];
      return STATUSES.includes(status) ? errors : [...errors, notSupported(at, status, STATUSES)];
    }),
  ];
}
