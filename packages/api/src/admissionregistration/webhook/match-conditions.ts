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
import { BOOL, compileErrors } from "../expression/expression-errors.ts";
import type { Webhook } from "./webhook.ts";

const MAX_CONDITIONS = 64;

interface ConditionRules {
  /** Whether there is something that `params` could be. */
  readonly params: boolean;
  /** Expressions that have been accepted before. */
  readonly stored: ReadonlySet<string>;
}

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateMatchConditions */
export function matchConditionErrors(
  conditions: readonly V1MatchCondition[],
  rules: ConditionRules,
  field: FieldPath,
): FieldError[] {
  const names = new Set<string>();
  const tooLong = conditions.length > MAX_CONDITIONS ? [tooMany(field, conditions.length, MAX_CONDITIONS)] : [];
  return [
    ...tooLong,
    // Differs: upstream compiles those too that are too many.
    ...conditions.slice(0, MAX_CONDITIONS).flatMap(({ name = "", expression = "" }: Partial<V1MatchCondition>, i) => {
      const at = field.index(i).child("name");
      const isTwice = names.has(name);
      if (name !== "") names.add(name);
      return [
        ...expressionErrors(expression.trim(), rules, field.index(i).child("expression")),
        ...(name === "" ? [required(at)] : validateLabelName(name, at)),
        ...(isTwice ? [duplicate(at, name)] : []),
      ];
    }),
  ];
}

function expressionErrors(expression: string, rules: ConditionRules, field: FieldPath): FieldError[] {
  if (expression === "") return [required(field)];
  return compileErrors(expression, { ...rules, authorizer: true, returns: [BOOL] }, field);
}

/** Upstream: …#ignoreValidatingWebhookMatchConditions */
export function sameMatchConditions(webhooks: readonly Webhook[], old: readonly Webhook[]): boolean {
  if (webhooks.length !== old.length) return false;
  return webhooks.every(({ matchConditions }, i) => semanticEqual(matchConditions, old[i]!.matchConditions));
}
