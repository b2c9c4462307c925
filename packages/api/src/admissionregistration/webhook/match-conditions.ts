import {
  duplicate,
  required,
  semanticEqual,
  tooMany,
  validateLabelName,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1MatchCondition } from "../validatingadmissionpolicy/validatingadmissionpolicy.gen.ts";
import type { Webhook } from "./webhook.ts";

const MAX_CONDITIONS = 64;

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateMatchConditions */
export function matchConditionErrors(conditions: readonly V1MatchCondition[], field: FieldPath): FieldError[] {
  const names = new Set<string>();
  const tooLong = conditions.length > MAX_CONDITIONS ? [tooMany(field, conditions.length, MAX_CONDITIONS)] : [];
  return [
    ...tooLong,
    ...conditions.flatMap(({ name = "", expression = "" }: Partial<V1MatchCondition>, i) => {
      const at = field.index(i).child("name");
      const isTwice = names.has(name);
      if (name !== "") names.add(name);
      return [
        ...expressionErrors(expression.trim(), field.index(i).child("expression")),
        ...(name === "" ? [required(at)] : validateLabelName(name, at)),
        ...(isTwice ? [duplicate(at, name)] : []),
      ];
    }),
  ];
}

/** Differs: what is written in CEL is not compiled, because there is no compiler yet; this is where it is asked. */
function expressionErrors(expression: string, field: FieldPath): FieldError[] {
  return expression === "" ? [required(field)] : [];
}

/** Upstream: …#ignoreValidatingWebhookMatchConditions */
export function sameMatchConditions(webhooks: readonly Webhook[], old: readonly Webhook[]): boolean {
  if (webhooks.length !== old.length) return false;
  return webhooks.every(({ matchConditions }, i) => semanticEqual(matchConditions, old[i]!.matchConditions));
}
