import {
  byteLength,
  invalid,
  required,
  tooLong,
  tooMany,
  validateNonnegative,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { countIndexes, IndexListError } from "../index-list.ts";
import type { V1SuccessPolicy, V1SuccessPolicyRule } from "../job.gen.ts";

const MAX_RULES = 20;
const MAX_INDEXES_BYTES = 64 * 1024;

/** Upstream: pkg/apis/batch/validation/validation.go#validateSuccessPolicy */
export function successPolicyErrors(
  policy: V1SuccessPolicy,
  completions: number | undefined,
  field: FieldPath,
): FieldError[] {
  const at = field.child("rules");
  const rules = policy.rules ?? [];
  const errors: FieldError[] = [];
  if (rules.length === 0) {
    errors.push(required(at, "at least one rules must be specified when the successPolicy is specified"));
  }
  if (rules.length > MAX_RULES) errors.push(tooMany(at, rules.length, MAX_RULES));
  return [...errors, ...rules.flatMap((rule, i) => ruleErrors(rule, completions ?? 0, at.index(i)))];
}

function ruleErrors(rule: V1SuccessPolicyRule, completions: number, field: FieldPath): FieldError[] {
  const { succeededIndexes, succeededCount } = rule;
  const errors: FieldError[] = [];
  if (succeededCount === undefined && succeededIndexes === undefined)
    errors.push(required(field, "at least one of succeededCount or succeededIndexes must be specified"));
  let total: number | undefined;
  if (succeededIndexes !== undefined) {
    const { count, errors: wrong } = indexErrors(succeededIndexes, completions, field.child("succeededIndexes"));
    errors.push(...wrong);
    total = count;
  }
  if (succeededCount === undefined) return errors;
  return [...errors, ...countErrors(succeededCount, { completions, total }, field.child("succeededCount"))];
}

function indexErrors(
  indexes: string,
  completions: number,
  field: FieldPath,
): { readonly count: number; readonly errors: FieldError[] } {
  const errors = byteLength(indexes) > MAX_INDEXES_BYTES ? [tooLong(field, indexes, MAX_INDEXES_BYTES)] : [];
  try {
    return { count: countIndexes(indexes, completions), errors };
  } catch (error) {
    if (!(error instanceof IndexListError)) throw error;
    const text = `error parsing succeededIndexes: ${error.message}`;
    return { count: 0, errors: [...errors, invalid(field, indexes, text)] };
  }
}

function countErrors(
  count: number,
  most: { readonly completions: number; readonly total: number | undefined },
  field: FieldPath,
): FieldError[] {
  const atMost = (max: number, what: string): FieldError[] =>
    count > max ? [invalid(field, count, `must be less than or equal to ${max} (the number of ${what})`)] : [];
  return [
    ...validateNonnegative(count, field),
    ...atMost(most.completions, "specified completions"),
    ...(most.total === undefined ? [] : atMost(most.total, "indexes in the specified succeededIndexes field")),
  ];
}
