/** Pods as upstream's own scheduler benchmark groups them. Upstream: test/integration/scheduler_perf */
export interface Workload {
  readonly name: string;
  /** What pod `i` has in its spec besides its container; `groups` is how many groups of pods there are. */
  readonly spec: (group: string) => object;
  /** Pods of a group must fit on this many nodes' worth of places; "nodes" means one on each node. */
  readonly groupSize: number | "nodes";
}

const HOST = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";
const GROUP = "bench/group";
const GROUP_SIZE = 100;
const WEIGHT = 100;

const selecting = (group: string) => ({ matchLabels: { [GROUP]: group } });
const term = (group: string, topologyKey: string) => ({ labelSelector: selecting(group), topologyKey });
const required = (group: string, key: string) => ({
  requiredDuringSchedulingIgnoredDuringExecution: [term(group, key)],
});
const preferred = (group: string, key: string) => ({
  preferredDuringSchedulingIgnoredDuringExecution: [{ weight: WEIGHT, podAffinityTerm: term(group, key) }],
});
const spread = (group: string, topologyKey: string, whenUnsatisfiable: string) => ({
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey, whenUnsatisfiable, labelSelector: selecting(group) }],
});

export const WORKLOADS: readonly Workload[] = [
  { name: "basic", groupSize: GROUP_SIZE, spec: () => ({}) },
  {
    name: "anti-affinity",
    groupSize: "nodes",
    spec: (group) => ({ affinity: { podAntiAffinity: required(group, HOST) } }),
  },
  {
    name: "preferred-anti-affinity",
    groupSize: GROUP_SIZE,
    spec: (group) => ({ affinity: { podAntiAffinity: preferred(group, HOST) } }),
  },
  { name: "affinity", groupSize: GROUP_SIZE, spec: (group) => ({ affinity: { podAffinity: required(group, ZONE) } }) },
  {
    name: "preferred-affinity",
    groupSize: GROUP_SIZE,
    spec: (group) => ({ affinity: { podAffinity: preferred(group, ZONE) } }),
  },
  { name: "spread", groupSize: GROUP_SIZE, spec: (group) => spread(group, ZONE, "DoNotSchedule") },
  { name: "preferred-spread", groupSize: GROUP_SIZE, spec: (group) => spread(group, HOST, "ScheduleAnyway") },
];

const ZONES = 10;

export function nodeLabels(i: number): Readonly<Record<string, string>> {
  return { [HOST]: `node-${i}`, [ZONE]: `zone-${i % ZONES}` };
}

/** Pod `i` of a workload. */
export function podOf(workload: Workload, i: number, nodes: number) {
  const size = workload.groupSize === "nodes" ? nodes : workload.groupSize;
  const group = `group-${Math.floor(i / size)}`;
  const requests = { cpu: "100m", memory: "64Mi" };
  return {
    metadata: { name: `pod-${i}`, labels: { [GROUP]: group } },
    spec: {
      containers: [{ name: "main", image: "registry.example/image:1", resources: { requests } }],
      ...workload.spec(group),
    },
  };
}
