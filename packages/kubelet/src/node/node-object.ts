import type { ContainerRuntime } from "@dingi/cri";
import { type V1Node, type V1NodeCondition, type V1NodeStatus } from "@dingi/api";
import type { Clock } from "@dingi/base";
import type { NewObject } from "@dingi/client";
import type { HostInfo, HostUsage } from "../host/host.ts";

export interface NodeSettings {
  readonly name: string;
  readonly internalIp: string;
  readonly kubeletPort: number;
  readonly maxPods: number;
  readonly kubeletVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { key: string; value?: string; effect: string }[];
  /** The node's share of the pod network, where it is known beforehand. */
  readonly podCidr?: string;
  /** What the node can do that the control plane asks about, sorted. */
  readonly declaredFeatures?: readonly string[];
}

/** The Node as the kubelet registers it. Upstream: pkg/kubelet/kubelet_node_status.go#initialNode */
export function newNode(settings: NodeSettings, info: HostInfo): NewObject<V1Node> {
  const labels = {
    "kubernetes.io/hostname": settings.name,
    "kubernetes.io/os": info.operatingSystem,
    "kubernetes.io/arch": info.architecture,
    "beta.kubernetes.io/os": info.operatingSystem,
    "beta.kubernetes.io/arch": info.architecture,
    ...settings.labels,
  };
  const taints = [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }, ...settings.taints];
  return {
    metadata: {
      name: settings.name,
      labels,
      annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true" },
    },
    spec: {
      taints,
      ...(settings.podCidr === undefined ? {} : { podCIDR: settings.podCidr, podCIDRs: [settings.podCidr] }),
    },
  };
}

const DEFAULT_LABELS = [
  "kubernetes.io/hostname",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "node.kubernetes.io/instance-type",
  "beta.kubernetes.io/instance-type",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
];

type NodeMarks = Pick<V1Node["metadata"], "labels" | "annotations">;

/**
 * What a node that somebody else has made lacks of labels and annotations that others rely on; undefined when nothing. Other
 * labels are given at registration only. Upstream: pkg/kubelet/kubelet_node_status.go#updateDefaultLabels
 */
export function missingMarks(wanted: NodeMarks, existing: NodeMarks): NodeMarks | undefined {
  const labels = differing(wanted.labels, existing.labels).filter(([name]) => DEFAULT_LABELS.includes(name));
  const annotations = differing(wanted.annotations, existing.annotations);
  if (labels.length === 0 && annotations.length === 0) return undefined;
  return { labels: Object.fromEntries(labels), annotations: Object.fromEntries(annotations) };
}

type Marks = Readonly<Record<string, string>>;

function differing(wanted: Marks = {}, existing: Marks = {}): readonly (readonly [string, string])[] {
  return Object.entries(wanted).filter(([name, value]) => existing[name] !== value);
}

export interface NodeObservation {
  readonly info: HostInfo;
  readonly usage: HostUsage;
  readonly runtimeVersion: string;
  readonly runtimeReady: string | undefined;
  readonly networkReady: string | undefined;
  readonly images: readonly { readonly names: readonly string[]; readonly sizeBytes: number }[];
  readonly now: string;
}

const LOW_MEMORY_BYTES = 100 * 1024 * 1024;
const LOW_DISK_SHARE = 0.1;
const MAX_IMAGES = 50;

/** Pure. Upstream: pkg/kubelet/nodestatus/setters.go */
export function nodeStatus(previous: V1NodeStatus, settings: NodeSettings, seen: NodeObservation): V1NodeStatus {
  const { info, usage } = seen;
  const capacity = {
    cpu: String(info.cpuCores),
    "ephemeral-storage": `${Math.floor(usage.fsCapacityBytes / 1024)}Ki`,
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    memory: `${Math.floor(info.memoryBytes / 1024)}Ki`,
    pods: String(settings.maxPods),
  };
  const reserved = LOW_MEMORY_BYTES;
  return {
    ...previous,
    capacity,
    allocatable: {
      ...capacity,
      "ephemeral-storage": String(Math.floor(usage.fsCapacityBytes * (1 - LOW_DISK_SHARE))),
      memory: `${Math.floor((info.memoryBytes - reserved) / 1024)}Ki`,
    },
    conditions: conditions(previous, seen),
    addresses: [
      { type: "InternalIP", address: settings.internalIp },
      { type: "Hostname", address: settings.name },
    ],
    ...(settings.declaredFeatures ? { declaredFeatures: settings.declaredFeatures } : {}),
    daemonEndpoints: { kubeletEndpoint: { Port: settings.kubeletPort } },
    nodeInfo: {
      machineID: info.machineId,
      systemUUID: info.systemUuid,
      bootID: info.bootId,
      kernelVersion: info.kernelVersion,
      osImage: info.osImage,
      containerRuntimeVersion: seen.runtimeVersion,
      kubeletVersion: settings.kubeletVersion,
      kubeProxyVersion: "",
      operatingSystem: info.operatingSystem,
      architecture: info.architecture,
    },
    images: seen.images.slice(0, MAX_IMAGES).map(({ names, sizeBytes }) => ({ names: [...names], sizeBytes })),
  };
}

interface Finding {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

function conditions(previous: V1NodeStatus, seen: NodeObservation): V1NodeCondition[] {
  const { usage } = seen;
  const diskLow = usage.fsAvailableBytes < usage.fsCapacityBytes * LOW_DISK_SHARE;
  const findings: Finding[] = [
    pressure(
      "MemoryPressure",
      usage.memoryAvailableBytes < LOW_MEMORY_BYTES,
      "SufficientMemory",
      "InsufficientMemory",
      "memory",
    ),
    diskLow
      ? { type: "DiskPressure", status: "True", reason: "KubeletHasDiskPressure", message: "kubelet has disk pressure" }
      : {
          type: "DiskPressure",
          status: "False",
          reason: "KubeletHasNoDiskPressure",
          message: "kubelet has no disk pressure",
        },
    {
      type: "PIDPressure",
      status: "False",
      reason: "KubeletHasSufficientPID",
      message: "kubelet has sufficient PID available",
    },
    readyFinding(seen),
  ];
  return findings.map((finding) => {
    const before = previous.conditions?.find(({ type }) => type === finding.type);
    const lastTransitionTime = before?.status === finding.status ? before.lastTransitionTime : seen.now;
    return { ...finding, lastHeartbeatTime: seen.now, lastTransitionTime };
  });
}

function pressure(type: string, low: boolean, good: string, bad: string, noun: string): Finding {
  return low
    ? { type, status: "True", reason: `KubeletHas${bad}`, message: `kubelet has insufficient ${noun} available` }
    : { type, status: "False", reason: `KubeletHas${good}`, message: `kubelet has sufficient ${noun} available` };
}

function readyFinding({ runtimeReady, networkReady }: NodeObservation): Finding {
  const trouble = [runtimeReady, networkReady].filter((text) => text !== undefined);
  if (trouble.length === 0)
    return { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" };
  return { type: "Ready", status: "False", reason: "KubeletNotReady", message: trouble.join("; ") };
}

interface RuntimeObservation {
  readonly runtimeVersion: string;
  readonly runtimeReady: string | undefined;
  readonly networkReady: string | undefined;
  readonly images: NodeObservation["images"];
}

/** A runtime that hangs is given up after this. Upstream: pkg/kubelet/kubelet.go#maxWaitForContainerRuntime */
const RUNTIME_MS = 30_000;

/** What the runtime says of itself; a runtime that does not answer makes the node unready. */
export async function observeRuntime(
  cri: ContainerRuntime,
  { clock, signal: stop }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<RuntimeObservation> {
  const limit = clock.deadline(RUNTIME_MS);
  const signal = AbortSignal.any([stop, limit]);
  try {
    const [version, status, images] = await Promise.all([
      cri.runtime.version({ signal }),
      cri.runtime.status({ signal }),
      cri.images.listImages({}, { signal }),
    ]);
    const find = (type: string) => status.conditions.find((condition) => condition.type === type);
    const describe = (type: string, label: string) => {
      const condition = find(type);
      return condition?.status === false
        ? `${label} not ready: ${type}=false reason:${condition.reason} message:${condition.message}`
        : undefined;
    };
    return {
      runtimeVersion: `${version.runtimeName}://${version.runtimeVersion.replace(/~.*$/, "")}`,
      runtimeReady: describe("RuntimeReady", "container runtime"),
      networkReady: describe("NetworkReady", "container runtime network"),
      images: images
        .map(({ repoTags, repoDigests, size }) => ({ names: [...repoDigests, ...repoTags], sizeBytes: size }))
        .filter(({ names }) => names.length > 0)
        .sort((a, b) => b.sizeBytes - a.sizeBytes),
    };
  } catch (error) {
    if (stop.aborted) throw error;
    return {
      runtimeVersion: "",
      runtimeReady: limit.aborted
        ? "container runtime status check may not have completed yet"
        : `container runtime is down: ${error instanceof Error ? error.message : String(error)}`,
      networkReady: undefined,
      images: [],
    };
  }
}
