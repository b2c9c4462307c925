import { Namespace } from "@dingi/api";
import type { WeightedPlugin } from "../framework/plugin.ts";
import { ownersSelector } from "./owners-selector.ts";
import { defaultPreemption } from "./defaultpreemption/default-preemption.ts";
import { disruptionBudgets } from "./defaultpreemption/disruption-budgets.ts";
import { imageLocality } from "./imagelocality/image-locality.ts";
import { interPodAffinity } from "./interpodaffinity/inter-pod-affinity.ts";
import { podTopologySpread } from "./podtopologyspread/pod-topology-spread.ts";
import { defaultBinder } from "./defaultbinder/default-binder.ts";
import { nodeAffinity } from "./nodeaffinity/node-affinity.ts";
import { nodeName } from "./nodename/node-name.ts";
import { nodePorts } from "./nodeports/node-ports.ts";
import { nodeResourcesBalancedAllocation } from "./noderesources/balanced-allocation.ts";
import { nodeResourcesFit } from "./noderesources/fit.ts";
import { nodeUnschedulable } from "./nodeunschedulable/node-unschedulable.ts";
import { nodeVolumeLimits } from "./nodevolumelimits/node-volume-limits.ts";
import { VolumeBinding, type VolumeBindingOptions } from "./volumebinding/volume-binding.ts";
import { volumeRestrictions } from "./volumerestrictions/volume-restrictions.ts";
import { volumeZone } from "./volumezone/volume-zone.ts";
import { schedulingGates } from "./schedulinggates/scheduling-gates.ts";
import { taintToleration } from "./tainttoleration/taint-toleration.ts";

/** The default profile, in upstream's order and weights. Upstream: pkg/scheduler/apis/config/v1/default_plugins.go */
export function defaultPlugins({ client, informers, clock }: VolumeBindingOptions): WeightedPlugin[] {
  const namespaces = informers.of(Namespace);
  const namespaceLabels = (name: string) => namespaces.get({ namespace: "", name })?.metadata.labels ?? {};
  return [
    { plugin: schedulingGates, weight: 0 },
    { plugin: nodeUnschedulable, weight: 0 },
    { plugin: nodeName, weight: 0 },
    { plugin: taintToleration, weight: 3 },
    { plugin: nodeAffinity, weight: 2 },
    { plugin: nodePorts, weight: 0 },
    { plugin: nodeResourcesFit, weight: 1 },
    { plugin: volumeRestrictions(informers), weight: 0 },
    { plugin: nodeVolumeLimits(informers), weight: 0 },
    { plugin: new VolumeBinding({ client, informers, clock }), weight: 0 },
    { plugin: volumeZone(informers), weight: 0 },
    { plugin: podTopologySpread(ownersSelector(informers)), weight: 2 },
    { plugin: interPodAffinity(namespaceLabels), weight: 2 },
    { plugin: defaultPreemption(disruptionBudgets(informers)), weight: 0 },
    { plugin: nodeResourcesBalancedAllocation, weight: 1 },
    { plugin: imageLocality, weight: 1 },
    { plugin: defaultBinder(client), weight: 0 },
  ];
}
