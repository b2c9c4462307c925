import { duplicate, invalid, validateLabelName, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { withinLimit } from "./lists.ts";

const MAX_CONDITIONS = 4;

interface BindingParameters {
  readonly bindingConditions?: readonly string[] | undefined;
  readonly bindingFailureConditions?: readonly string[] | undefined;
}

/** Upstream: pkg/apis/resource/validation/validation.go#validateDeviceBindingParameters */
export function bindingErrors(parameters: BindingParameters, field: FieldPath): FieldError[] {
  const { bindingConditions: conditions = [], bindingFailureConditions: failures = [] } = parameters;
  const [at, failuresAt] = [field.child("bindingConditions"), field.child("bindingFailureConditions")];
  const failedTwice = repeated(failuresAt);
  const all = new Set(conditions);
  const overlap = "bindingFailureConditions must not overlap with bindingConditions";
  return [
    ...nameErrors(conditions, at),
    ...nameErrors(failures, failuresAt),
    ...conditions.flatMap(repeated(at)),
    ...failures.flatMap((condition, i) => [
      ...failedTwice(condition, i),
      ...(all.has(condition) ? [invalid(failuresAt.index(i), condition, overlap)] : []),
    ]),
    ...pairErrors(parameters, field),
  ];
}

const nameErrors = (names: readonly string[], field: FieldPath): FieldError[] =>
  withinLimit(names, MAX_CONDITIONS).flatMap((name, i) => validateLabelName(name, field.index(i)));

/** The lists are not bounded where their length is declared to be wrong. */
function repeated(field: FieldPath): (name: string, i: number) => FieldError[] {
  const seen = new Set<string>();
  return (name, i) => {
    if (seen.has(name)) return [duplicate(field.index(i), name)];
    seen.add(name);
    return [];
  };
}

function pairErrors(
  { bindingConditions, bindingFailureConditions }: BindingParameters,
  field: FieldPath,
): FieldError[] {
  const has = (list: readonly string[] | undefined): boolean => (list ?? []).length > 0;
  const missing = (name: keyof BindingParameters, value: readonly string[] | undefined, other: string): FieldError =>
    invalid(field.child(name), value ?? null, `${name} are required to use ${other}`);
  return [
    ...(!has(bindingConditions) && has(bindingFailureConditions)
      ? [missing("bindingConditions", bindingConditions, "bindingFailureConditions")]
      : []),
    ...(!has(bindingFailureConditions) && has(bindingConditions)
      ? [missing("bindingFailureConditions", bindingFailureConditions, "bindingConditions")]
      : []),
  ];
}
