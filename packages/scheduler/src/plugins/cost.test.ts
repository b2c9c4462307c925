import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { selectorFromSet } from "@dingi/apimachinery";
import { countVisits } from "@dingi/base";
import { SchedulerCache } from "../cache/scheduler-cache.ts";
import { CycleState, type Plugin } from "../framework/plugin.ts";
import { nodeOf, podOf } from "../testing/objects.ts";
import { interPodAffinity } from "./interpodaffinity/inter-pod-affinity.ts";
import { podTopologySpread } from "./podtopologyspread/pod-topology-spread.ts";

const ZONE = "topology.kubernetes.io/zone";
const HOST = "kubernetes.io/hostname";
const NODES = 20;
const labelSelector = { matchLabels: { app: "web" } };
const far = [{ topologyKey: HOST, labelSelector: { matchLabels: { app: "other" } } }];
const near = [{ topologyKey: ZONE, labelSelector }];
const soft = [{ weight: 1, podAffinityTerm: near[0]! }];

const SPECS: Readonly<Record<string, Partial<V1Pod["spec"]>>> = {
  "required affinity": { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: near } } },
  "required anti-affinity": { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: far } } },
  "preferred affinity": { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: soft } } },
  "hard spread": {
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: "DoNotSchedule", labelSelector }],
  },
  "soft spread": {
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: HOST, whenUnsatisfiable: "ScheduleAnyway", labelSelector }],
  },
  nothing: {},
};

/** Of twenty nodes in four zones, with so many pods that are as the one that is to be placed. */
function crowded(spec: Partial<V1Pod["spec"]>, pods: number): SchedulerCache {
  const cache = new SchedulerCache();
  for (let i = 0; i < NODES; i++) {
    const node = nodeOf({}, {}, `n${i}`);
    cache.setNode({ ...node, metadata: { ...node.metadata, labels: { [ZONE]: `z${i % 4}`, [HOST]: `n${i}` } } });
  }
  for (let i = 0; i < pods; i++)
    cache.setPod(podOf({ ...spec, nodeName: `n${i % NODES}` }, { uid: `p${i}`, labels: { app: "web" } }));
  return cache;
}

async function costBeside(plugins: readonly Plugin[], spec: Partial<V1Pod["spec"]>, pods: number): Promise<number> {
  const cache = crowded(spec, pods);
  const pod = podOf(spec, { uid: "new", labels: { app: "web" } });
  void cache.nodes;
  return await countVisits(() => {
    for (const plugin of plugins) {
      const state = new CycleState(cache);
      const skips = plugin.preFilter!(state, pod, cache.nodes).code === "skip";
      if (!skips) for (const node of cache.nodes) plugin.filter!(state, pod, node);
      if (plugin.preScore!(state, pod, cache.nodes).code === "skip") continue;
      for (const node of cache.nodes) plugin.score!(state, pod, node);
    }
  });
}

for (const [name, spec] of Object.entries(SPECS))
  test(`a pod with ${name} is placed beside twenty thousand at the cost of two hundred`, async () => {
    const plugins = () => [interPodAffinity(() => ({})), podTopologySpread(() => selectorFromSet({ app: "web" }))];
    const few = await costBeside(plugins(), spec, 200);
    assert.ok(few > 0);
    assert.equal(await costBeside(plugins(), spec, 20_000), few);
  });
