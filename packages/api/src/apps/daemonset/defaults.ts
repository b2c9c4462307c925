import type { Draft } from "@dingi/apimachinery";
import { defaultPodTemplate } from "../../core/pod/defaults.ts";
import type { V1DaemonSet, V1DaemonSetUpdateStrategy } from "./daemonset.gen.ts";
import { showTemplateGeneration } from "./template-generation.ts";

/** Upstream: pkg/apis/apps/v1/defaults.go#SetDefaults_DaemonSet */
export function defaultDaemonSet(daemonSet: Draft<V1DaemonSet>): void {
  daemonSet.spec ??= { template: {} };
  daemonSet.status ??= freshStatus();
  const { spec } = daemonSet;
  defaultUpdateStrategy((spec.updateStrategy ??= {}));
  spec.revisionHistoryLimit ??= 10;
  spec.template ??= {};
  defaultPodTemplate(spec.template);
  showTemplateGeneration(daemonSet);
}

function defaultUpdateStrategy(strategy: Draft<V1DaemonSetUpdateStrategy>): void {
  strategy.type ||= "RollingUpdate";
  if (strategy.type !== "RollingUpdate") return;
  strategy.rollingUpdate ??= {};
  strategy.rollingUpdate.maxUnavailable ??= 1;
  strategy.rollingUpdate.maxSurge ??= 0;
}

export const freshStatus = (): Draft<V1DaemonSet["status"]> => ({
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
});
