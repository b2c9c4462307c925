import type { PartName } from "../../packages/cluster/src/config/cluster-config.ts";
import type { UpstreamPart } from "../upstream/cluster/upstream-cluster.ts";

export type Program = "scheduler" | "controller-manager" | "kube-proxy" | "kubelet" | "kubectl";

/** Says what is left out or switched off, so that nothing is so silently. */
export type Note = (line: string) => void;

export interface SwapComponent {
  /** What is swapped; one program may stand in several rows of the matrix. */
  readonly program: Program;
  /** What is left out of our cluster. */
  readonly ours?: PartName;
  /** What is left out of upstream's. */
  readonly upstream?: UpstreamPart;
  /** The tests of the suite that exercise it. */
  readonly focus: RegExp;
  /** Of these, those that take minutes because they wait. */
  readonly skip?: RegExp;
}

const SCHEDULER = { program: "scheduler", ours: "scheduler", upstream: "kube-scheduler" } as const;

export const COMPONENTS: Readonly<Record<string, SwapComponent>> = {
  scheduler: {
    ...SCHEDULER,
    focus:
      /SchedulerPredicates|LimitRange should create|ReplicaSet should serve a basic image|Deployment.*rolling update/,
    skip: /one using 0\.0\.0\.0 hostIP/,
  },
  preemption: { ...SCHEDULER, focus: /SchedulerPreemption/ },
  "controller-manager": {
    program: "controller-manager",
    ours: "controller-manager",
    upstream: "kube-controller-manager",
    focus:
      /\[sig-apps\] (Deployment|ReplicaSet|ReplicationController|Job|CronJob|Daemon set|StatefulSet|DisruptionController)|Garbage collector|Namespaces|ResourceQuota|EndpointSlice|ServiceAccounts|Certificates API/,
    skip: /\[Slow\]|StatefulSet Basic/,
  },
  "kube-proxy": {
    program: "kube-proxy",
    ours: "proxy",
    upstream: "kube-proxy",
    focus:
      /\[sig-network\] (Services|Networking|EndpointSlice|HostPort|DNS should provide DNS for (services|the cluster))/,
  },
  kubelet: {
    program: "kubelet",
    ours: "kubelet",
    upstream: "kubelet",
    focus:
      /\[sig-node\] (Pods|Containers|Container Runtime|Container Lifecycle Hook|Probing|Secrets|ConfigMap|Downward API|InitContainer|Security Context|Kubelet)|\[sig-storage\] (EmptyDir|ConfigMap|Secrets|Projected|Subpath)/,
    skip: /\[Slow\]|should \*not\* be restarted|restart count|backoff|issue 500 podspec updates/,
  },
  kubectl: { program: "kubectl", focus: /\[sig-cli\]/ },
};
