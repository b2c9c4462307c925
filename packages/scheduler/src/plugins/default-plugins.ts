import type { Client } from "@dingi/client";
import type { WeightedPlugin } from "../framework/plugin.ts";
import { defaultBinder } from "./defaultbinder/default-binder.ts";
import { nodeAffinity } from "./nodeaffinity/node-affinity.ts";
import { nodeName } from "./nodename/node-name.ts";
import { nodePorts } from "./nodeports/node-ports.ts";
import { nodeResourcesBalancedAllocation } from "./noderesources/balanced-allocation.ts";
import { nodeResourcesFit } from "./noderesources/fit.ts";
import { nodeUnschedulable } from "./nodeunschedulable/node-unschedulable.ts";
import { schedulingGates } from "./schedulinggates/scheduling-gates.ts";
import { taintToleration } from "./tainttoleration/taint-toleration.ts";

/** The default profile, in upstream's order and weights. Upstream: pkg/scheduler/apis/config/v1/default_plugins.go */
export function defaultPlugins(client: Client): WeightedPlugin[] {
  return [
    { plugin: schedulingGates, weight: 0 },
    { plugin: nodeUnschedulable, weight: 0 },
    { plugin: nodeName, weight: 0 },
    { plugin: taintToleration, weight: 3 },
    { plugin: nodeAffinity, weight: 2 },
    { plugin: nodePorts, weight: 0 },
    { plugin: nodeResourcesFit, weight: 1 },
    { plugin: nodeResourcesBalancedAllocation, weight: 1 },
    { plugin: defaultBinder(client), weight: 0 },
  ];
}
