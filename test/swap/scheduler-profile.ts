/** What upstream's scheduling plugins watch, besides Pods, Nodes and Namespaces. It schedules nothing until it has read all. */
const WATCHED: Readonly<Record<string, readonly string[]>> = {
  DefaultPreemption: ["poddisruptionbudgets.policy"],
  DynamicResources: [
    "deviceclasses.resource.k8s.io",
    "devicetaintrules.resource.k8s.io",
    "resourceclaims.resource.k8s.io",
    "resourceslices.resource.k8s.io",
  ],
  NodeVolumeLimits: [
    "csidrivers.storage.k8s.io",
    "csinodes.storage.k8s.io",
    "persistentvolumeclaims",
    "persistentvolumes",
    "storageclasses.storage.k8s.io",
    "volumeattachments.storage.k8s.io",
  ],
  PodTopologySpread: ["replicasets.apps", "replicationcontrollers", "services", "statefulsets.apps"],
  VolumeBinding: [
    "csidrivers.storage.k8s.io",
    "csinodes.storage.k8s.io",
    "csistoragecapacities.storage.k8s.io",
    "persistentvolumeclaims",
    "persistentvolumes",
    "storageclasses.storage.k8s.io",
  ],
  VolumeRestrictions: ["persistentvolumeclaims", "persistentvolumes"],
  VolumeZone: ["persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io"],
};

/** The plugins that cannot start with these resources, as "kubectl api-resources -o name" lists them. */
export function pluginsWithout(resources: readonly string[]): readonly string[] {
  return Object.entries(WATCHED).flatMap(([plugin, watched]) =>
    watched.every((resource) => resources.includes(resource)) ? [] : [plugin],
  );
}

/** A configuration of upstream's scheduler without some of its plugins. */
export function schedulerConfiguration(kubeconfig: string, disabled: readonly string[]): object {
  const plugins = { multiPoint: { disabled: disabled.map((name) => ({ name })) } };
  return {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    clientConnection: { kubeconfig },
    leaderElection: { leaderElect: false },
    profiles: [{ schedulerName: "default-scheduler", plugins }],
  };
}

const DYNAMIC_RESOURCES = [
  "DynamicResourceAllocation",
  "DRASchedulerFilterTimeout",
  "DRAAdminAccess",
  "DRAPrioritizedList",
];

/**
 * Arguments for what the configuration cannot switch off. Dynamic resources are watched even without their plugin, and
 * cannot be disabled in this release; they could in the oldest that it still emulates.
 */
export function schedulerArguments(disabled: readonly string[]): readonly string[] {
  if (!disabled.includes("DynamicResources")) return [];
  const gates = DYNAMIC_RESOURCES.map((gate) => `${gate}=false`).join(",");
  return ["--emulated-version=kube=1.34", `--feature-gates=${gates}`];
}
