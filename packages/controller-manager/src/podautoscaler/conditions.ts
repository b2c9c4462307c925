import type { V2HorizontalPodAutoscalerCondition } from "@dingi/api";
import { wireTime } from "@dingi/apimachinery";

export type Conditions = readonly V2HorizontalPodAutoscalerCondition[];

export interface Said {
  readonly type: "AbleToScale" | "ScalingActive" | "ScalingLimited" | "ScaledToZero";
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** The time of a condition is that of its last change of status. Upstream: pkg/controller/podautoscaler/horizontal.go#setConditionInList */
function withCondition(conditions: Conditions, said: Said, nowMs: number): Conditions {
  const before = conditions.find(({ type }) => type === said.type);
  const lastTransitionTime = before?.status === said.status ? before.lastTransitionTime : wireTime(nowMs);
  const condition = { ...said, lastTransitionTime };
  return before ? conditions.map((one) => (one === before ? condition : one)) : [...conditions, condition];
}

export function withConditions(conditions: Conditions, all: readonly Said[], nowMs: number): Conditions {
  return all.reduce((list, said) => withCondition(list, said, nowMs), conditions);
}
