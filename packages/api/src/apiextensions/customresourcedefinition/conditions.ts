import type {
  V1CustomResourceDefinition as Definition,
  V1CustomResourceDefinitionCondition as Condition,
} from "./customresourcedefinition.gen.ts";

export type NewCondition = Pick<Condition, "type" | "status" | "reason" | "message">;

export function conditionOf({ status }: Definition, type: string): Condition | undefined {
  return (status?.conditions ?? []).find((one) => one.type === type);
}

export const isTrue = (definition: Definition, type: string): boolean =>
  conditionOf(definition, type)?.status === "True";

/** With one condition as it is now: its time is that of its last change. Upstream: apiextensions-apiserver/pkg/apihelpers/helpers.go#SetCRDCondition */
export function withCondition(definition: Definition, changed: NewCondition, now: string): Definition {
  const conditions = definition.status?.conditions ?? [];
  const before = conditionOf(definition, changed.type);
  const lastTransitionTime = before?.status === changed.status ? (before.lastTransitionTime ?? now) : now;
  const condition = { ...changed, lastTransitionTime };
  const next = before
    ? conditions.map((one) => (one === before ? { ...before, ...condition } : one))
    : [...conditions, condition];
  return { ...definition, status: { ...definition.status, conditions: next } };
}

export function withoutCondition(definition: Definition, type: string): Definition {
  const conditions = (definition.status?.conditions ?? []).filter((one) => one.type !== type);
  return { ...definition, status: { ...definition.status, conditions } };
}
