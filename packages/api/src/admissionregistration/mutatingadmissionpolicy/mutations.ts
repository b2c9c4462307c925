import { invalid, notSupported, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { policyExpressionErrors } from "../policy/expression.ts";
import type { V1Mutation } from "./mutatingadmissionpolicy.gen.ts";

/** Where the patch of each type stands. */
const FIELDS: Readonly<Record<string, "applyConfiguration" | "jsonPatch">> = {
  ApplyConfiguration: "applyConfiguration",
  JSONPatch: "jsonPatch",
};

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateMutation */
export function mutationErrors(mutation: V1Mutation, field: FieldPath): FieldError[] {
  const { patchType = "" } = mutation as Partial<V1Mutation>;
  const at = field.child("patchType");
  if (patchType === "") return [required(at)];
  const own = Object.hasOwn(FIELDS, patchType) ? FIELDS[patchType] : undefined;
  if (own === undefined) return [notSupported(at, patchType, Object.keys(FIELDS))];
  const other = own === "jsonPatch" ? "applyConfiguration" : "jsonPatch";
  const patch = mutation[own];
  const errors = patch
    ? policyExpressionErrors(patch.expression, field.child(own, "expression"))
    : [required(field.child(own), `must be specified when patchType is ${patchType}`)];
  if (!mutation[other]) return errors;
  return [...errors, invalid(field.child(other), `{${other}}`, `must not be specified when patchType is ${patchType}`)];
}
