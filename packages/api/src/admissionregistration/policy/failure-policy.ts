import { notSupported, required, type FieldError, type FieldPath } from "@dingi/apimachinery";

const POLICIES = ["Fail", "Ignore"];

export function failurePolicyErrors(policy: string | undefined, field: FieldPath): FieldError[] {
  if (policy === undefined) return [required(field)];
  return POLICIES.includes(policy) ? [] : [notSupported(field, policy, POLICIES)];
}
