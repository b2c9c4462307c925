import type { Draft } from "@dingi/apimachinery";
import { CPU_UTILIZATION, cpuUtilization } from "./cpu-utilization.ts";
import { METRICS, readList, withoutOlderFields } from "./conversion/annotations.ts";
import { V1MetricSpec } from "./conversion/v1-metrics.ts";
import type {
  V1HorizontalPodAutoscaler,
  V2HorizontalPodAutoscaler,
  V2HPAScalingRules,
} from "./horizontalpodautoscaler.gen.ts";

const PERIOD_SECONDS = 15;

/**
 * Upstream: pkg/apis/autoscaling/v1/defaults.go#SetDefaults_HorizontalPodAutoscaler, and for the utilization
 * conversion.go#Convert_v1_HorizontalPodAutoscaler_To_autoscaling_HorizontalPodAutoscaler
 */
export function defaultV1HorizontalPodAutoscaler(autoscaler: Draft<V1HorizontalPodAutoscaler>): void {
  autoscaler.spec ??= { scaleTargetRef: { kind: "", name: "" }, maxReplicas: 0 };
  autoscaler.status ??= { currentReplicas: 0, desiredReplicas: 0 };
  const { metadata, spec } = autoscaler;
  spec.minReplicas ??= 1;
  const others = readList(metadata.annotations?.[METRICS], V1MetricSpec) ?? [];
  if (others.length === 0) spec.targetCPUUtilizationPercentage ??= CPU_UTILIZATION;
}

/** Upstream: pkg/apis/autoscaling/v2/defaults.go#SetDefaults_HorizontalPodAutoscaler */
export function defaultHorizontalPodAutoscaler(autoscaler: Draft<V2HorizontalPodAutoscaler>): void {
  autoscaler.spec ??= { scaleTargetRef: { kind: "", name: "" }, maxReplicas: 0 };
  autoscaler.status ??= freshStatus();
  const { metadata, spec } = autoscaler;
  spec.minReplicas ??= 1;
  if (!spec.metrics?.length) spec.metrics = [cpuUtilization(CPU_UTILIZATION)];
  if (spec.behavior) {
    spec.behavior.scaleUp = withDefaults(spec.behavior.scaleUp, SCALE_UP);
    spec.behavior.scaleDown = withDefaults(spec.behavior.scaleDown, SCALE_DOWN);
  }
  if (metadata.annotations) metadata.annotations = withoutOlderFields(metadata.annotations);
}

export const freshStatus = (): Draft<V2HorizontalPodAutoscaler["status"]> =>
  ({ desiredReplicas: 0, currentMetrics: null }) as never;

const SCALE_UP: V2HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: PERIOD_SECONDS },
    { type: "Percent", value: 100, periodSeconds: PERIOD_SECONDS },
  ],
};

/** For how long it is held back is left to the controller. */
const SCALE_DOWN: V2HPAScalingRules = {
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: PERIOD_SECONDS }],
};

function withDefaults(
  rules: Draft<V2HPAScalingRules> | undefined,
  defaults: V2HPAScalingRules,
): Draft<V2HPAScalingRules> {
  const written = Object.entries(rules ?? {}).filter(([, value]) => value !== undefined && value !== null);
  return structuredClone({ ...defaults, ...Object.fromEntries(written) }) as Draft<V2HPAScalingRules>;
}
