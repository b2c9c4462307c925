import type { CelType } from "@dingi/cel";
import { invalid, notSupported, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { JSON_PATCHES_TYPE, OBJECT_TYPE } from "../expression/mutation-types.ts";
import { isBlank, missingExpression, type PolicyExpressions } from "../policy/expression.ts";
import type { V1Mutation } from "./mutatingadmissionpolicy.gen.ts";

/** Where the patch of each type stands. */
const FIELDS: Readonly<Record<string, "applyConfiguration" | "jsonPatch">> = {
  ApplyConfiguration: "applyConfiguration",
  JSONPatch: "jsonPatch",
};

/** What its expression gives. */
const TYPES = { applyConfiguration: OBJECT_TYPE, jsonPatch: JSON_PATCHES_TYPE } as const;

interface MutationRules {
  readonly expressions: PolicyExpressions;
  readonly stored: ReadonlySet<string>;
}

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateMutation */
export function mutationErrors(mutation: V1Mutation, rules: MutationRules, field: FieldPath): FieldError[] {
  const { patchType = "" } = mutation as Partial<V1Mutation>;
  const at = field.child("patchType");
  if (patchType === "") return [required(at)];
  const own = Object.hasOwn(FIELDS, patchType) ? FIELDS[patchType] : undefined;
  if (own === undefined) return [notSupported(at, patchType, Object.keys(FIELDS))];
  const other = own === "jsonPatch" ? "applyConfiguration" : "jsonPatch";
  const patch = mutation[own];
  const errors = patch
    ? expressionErrors(patch.expression ?? "", { ...rules, type: TYPES[own] }, field.child(own, "expression"))
    : [required(field.child(own), `must be specified when patchType is ${patchType}`)];
  if (!mutation[other]) return errors;
  return [...errors, invalid(field.child(other), `{${other}}`, `must not be specified when patchType is ${patchType}`)];
}

function expressionErrors(
  written: string,
  { expressions, stored, type }: MutationRules & { readonly type: CelType },
  field: FieldPath,
): FieldError[] {
  if (isBlank(written)) return missingExpression(field);
  const expression = written.trim();
  // What is stored is told by how it is written, and shown as it is compiled.
  const known = stored.has(written) ? new Set([expression]) : NONE;
  const rules = { authorizer: true, patchTypes: true, returns: [type], stored: known };
  return expressions.errors(expression, rules, field);
}

const NONE: ReadonlySet<string> = new Set();
