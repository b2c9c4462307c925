import { DaemonSet, type V1Affinity, type V1DaemonSet, type V1Pod, type V1Toleration } from "@dingi/api";
import type { NewObject } from "@dingi/client";
import { podFromTemplate } from "../pod-control.ts";

/** Of a pod and of a revision: which template it is of. */
export const HASH_LABEL = "controller-revision-hash";
const GENERATION_LABEL = "pod-template-generation";
const GENERATION = "deprecated.daemonset.template.generation";
const NODE_NAME = "metadata.name";

const always = (key: string, effect: string): V1Toleration => ({ key, operator: "Exists", effect });

/** What is wrong with a node is no reason to leave it without its daemons. */
const TOLERATIONS: readonly V1Toleration[] = [
  always("node.kubernetes.io/not-ready", "NoExecute"),
  always("node.kubernetes.io/unreachable", "NoExecute"),
  always("node.kubernetes.io/disk-pressure", "NoSchedule"),
  always("node.kubernetes.io/memory-pressure", "NoSchedule"),
  always("node.kubernetes.io/pid-pressure", "NoSchedule"),
  always("node.kubernetes.io/unschedulable", "NoSchedule"),
];
const HOST_NETWORK: V1Toleration = always("node.kubernetes.io/network-unavailable", "NoSchedule");

/** Those of the template, and those that every daemon has. Upstream: pkg/controller/daemon/util/daemonset_util.go#AddOrUpdateDaemonPodTolerations */
export function daemonTolerations({ spec }: V1DaemonSet): V1Toleration[] {
  const own = spec.template.spec?.tolerations ?? [];
  const added = spec.template.spec?.hostNetwork ? [...TOLERATIONS, HOST_NETWORK] : TOLERATIONS;
  const isSame = (a: V1Toleration, b: V1Toleration) =>
    a.key === b.key && a.effect === b.effect && a.operator === b.operator && (a.value ?? "") === (b.value ?? "");
  return [
    ...own.map((toleration) => added.find((one) => isSame(one, toleration)) ?? toleration),
    ...added.filter((toleration) => !own.some((one) => isSame(one, toleration))),
  ];
}

/** Only the node of that name will do; a pod whose scheduling is the scheduler's. Upstream: …#ReplaceDaemonSetPodNodeNameNodeAffinity */
function onlyOn(affinity: V1Affinity | undefined, nodeName: string): V1Affinity {
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const nodeSelectorTerms = [{ matchFields: [{ key: NODE_NAME, operator: "In", values: [nodeName] }] }];
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { ...required, nodeSelectorTerms },
    },
  };
}

export function daemonPod(daemonSet: V1DaemonSet, nodeName: string, hash: string): NewObject<V1Pod> {
  const { metadata, spec } = podFromTemplate({ kind: DaemonSet, object: daemonSet }, daemonSet.spec.template);
  const generation = daemonSet.metadata.annotations?.[GENERATION];
  const generationLabel = generation === undefined ? {} : { [GENERATION_LABEL]: generation };
  return {
    metadata: { ...metadata, labels: { ...metadata.labels, ...generationLabel, [HASH_LABEL]: hash } },
    spec: { ...spec!, tolerations: daemonTolerations(daemonSet), affinity: onlyOn(spec!.affinity, nodeName) },
  };
}

/** Upstream: …#IsPodUpdated */
export function isUpdated({ metadata }: V1Pod, daemonSet: V1DaemonSet, hash: string): boolean {
  const generation = daemonSet.metadata.annotations?.[GENERATION];
  const { labels } = metadata;
  return labels?.[HASH_LABEL] === hash || (generation !== undefined && labels?.[GENERATION_LABEL] === generation);
}

/** Where it runs, or is to run; undefined when it says neither. Upstream: …#GetTargetNodeName */
export function targetNode({ spec }: V1Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const names = (required?.nodeSelectorTerms ?? [])
    .flatMap(({ matchFields }) => matchFields ?? [])
    .find(({ key, operator }) => key === NODE_NAME && operator === "In");
  return names?.values?.length === 1 ? names.values[0] : undefined;
}
