import { adopt, semanticEqual, type Draft, type Strategy, type StrategyContext } from "@dingi/apimachinery";
import { applyAppArmorAnnotations } from "./app-armor.ts";
import { dropDisabledFields } from "./disabled-fields.ts";
import { mergeMatchLabelKeys } from "./match-label-keys.ts";
import { defaultPodLevelResources } from "./pod-level-resources.ts";
import type { V1Pod } from "./pod.gen.ts";
import { computePodQos } from "./qos.ts";
import { isPodPhaseTerminal } from "./status.ts";
import { validatePodUpdate } from "./update-validation.ts";
import { validatePod } from "./validation.ts";
import { podWarnings } from "./warnings/warnings.ts";

/** Upstream: pkg/registry/core/pod/strategy.go */
export const strategy: Strategy<V1Pod> = {
  resetFields: [["status"]],
  prepareForCreate(pod, context) {
    pod.metadata.generation = 1;
    pod.status = { phase: "Pending" };
    dropDisabledFields(pod.spec);
    if ((pod.spec.schedulingGates ?? []).length > 0)
      pod.status.conditions = [{ ...GATED, lastTransitionTime: timeOf(context) }];
    mergeMatchLabelKeys(pod);
    applyAppArmorAnnotations(pod, context.warn);
    defaultPodLevelResources(pod);
    pod.status.qosClass = computePodQos(pod as V1Pod);
  },
  prepareForUpdate(pod, old) {
    pod.status = adopt(old.status);
    if (!pod.spec.resources && old.spec.resources) pod.spec.resources = adopt(old.spec.resources);
    dropDisabledFields(pod.spec, old.spec);
    raiseGeneration(pod, old);
  },
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  warningsOnCreate: podWarnings,
  gracePeriodSeconds,
};

const timeOf = ({ clock }: StrategyContext): string => new Date(clock.now()).toISOString().replace(/\.[0-9]+Z$/, "Z");

const GATED = {
  type: "PodScheduled",
  status: "False",
  reason: "SchedulingGated",
  message: "Scheduling is blocked due to non-empty scheduling gates",
};

/** Upstream: …#updatePodGeneration */
export function raiseGeneration(pod: Draft<V1Pod>, old: V1Pod): void {
  if (!semanticEqual(pod.spec, old.spec)) pod.metadata.generation = (pod.metadata.generation ?? 0) + 1;
}

/** Nobody has to wait for a pod that no kubelet runs. Upstream: …#CheckGracefulDelete */
function gracePeriodSeconds({ spec, status }: V1Pod, requested: number | undefined): number {
  if (!spec.nodeName || isPodPhaseTerminal(status.phase)) return 0;
  const period = requested ?? spec.terminationGracePeriodSeconds ?? 0;
  return period < 0 ? 1 : period;
}
