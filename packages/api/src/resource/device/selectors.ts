import { required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1DeviceSelector } from "../resourceclaim/resourceclaim.gen.ts";
import { expressionErrors } from "./expression.ts";
import { withinLimit } from "./lists.ts";

const MAX_SELECTORS = 32;

/** What is stored need not be written as one would write it today. Upstream: pkg/apis/resource/validation/validation.go#validateSelector */
export function selectorErrors(
  selectors: readonly V1DeviceSelector[] | undefined,
  field: FieldPath,
  isStored = false,
): FieldError[] {
  return withinLimit(selectors, MAX_SELECTORS).flatMap(({ cel }, i) => {
    const at = field.index(i).child("cel");
    if (!cel) return [required(at)];
    return isStored ? [] : expressionErrors(cel.expression, at.child("expression"));
  });
}
