import type { Draft } from "@dingi/apimachinery";
import { defaultPodTemplate } from "../../core/pod/defaults.ts";
import type { V1DaemonSet } from "./daemonset.gen.ts";
import { showTemplateGeneration } from "./template-generation.ts";

/** Upstream: pkg/apis/apps/v1/defaults.go#SetDefaults_DaemonSet */
export function defaultDaemonSet(daemonSet: Draft<V1DaemonSet>): void {
  daemonSet.spec ??= { template: {} };
  daemonSet.status ??= freshStatus();
  const { spec } = daemonSet;
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= "RollingUpdate";
  if (spec.updateStrategy.type === "RollingUpdate") {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
  spec.template ??= {};
  defaultPodTemplate(spec.template);
  showTemplateGeneration(daemonSet);
}

export const freshStatus = (): Draft<V1DaemonSet["status"]> => ({
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
});
