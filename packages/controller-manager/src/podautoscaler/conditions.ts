import type { V2HorizontalPodAutoscalerCondition } from "@dingi/api";
import { wireTime } from "@dingi/apimachinery";
import { withCondition } from "../with-condition.ts";

export type Conditions = readonly V2HorizontalPodAutoscalerCondition[];

export interface Said {
  readonly type: "AbleToScale" | "ScalingActive" | "ScalingLimited" | "ScaledToZero";
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** Upstream: pkg/controller/podautoscaler/horizontal.go#setConditionInList */
export function withConditions(conditions: Conditions, all: readonly Said[], nowMs: number): Conditions {
  return all.reduce((list, said) => withCondition(list, said, wireTime(nowMs)), conditions);
}
