import { duplicate, invalid, validateLabelName, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { withinLimit } from "./lists.ts";

const MAX_CONDITIONS = 4;

interface BindingParameters {
  readonly bindingConditions?: readonly string[] | undefined;
  readonly bindingFailureConditions?: readonly string[] | undefined;
}

/** Upstream: pkg/apis/resource/validation/validation.go#validateDeviceBindingParameters */
export function bindingErrors(
  { bindingConditions: conditions = [], bindingFailureConditions: failures = [] }: BindingParameters,
  field: FieldPath,
): FieldError[] {
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
    ...pairErrors(conditions, failures, field),
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

function pairErrors(conditions: readonly string[], failures: readonly string[], field: FieldPath): FieldError[] {
  if (conditions.length === 0 && failures.length > 0) {
    const text = "bindingConditions are required to use bindingFailureConditions";
    return [invalid(field.child("bindingConditions"), null, text)];
  }
  if (failures.length > 0 || conditions.length === 0) return [];
  const text = "bindingFailureConditions are required to use bindingConditions";
  return [invalid(field.child("bindingFailureConditions"), null, text)];
}
