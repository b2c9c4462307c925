import type { Plugin } from "../../framework/plugin.ts";
import { SUCCESS, unresolvable } from "../../framework/plugin.ts";

/** Gated pods do not enter the queue. Upstream: pkg/scheduler/framework/plugins/schedulinggates */
export const schedulingGates: Plugin = {
  name: "SchedulingGates",
  preEnqueue: ({ spec }) => {
    const gates = (spec.schedulingGates ?? []).map(({ name }) => name);
    return gates.length === 0 ? SUCCESS : unresolvable(`waiting for scheduling gates: [${gates.join(" ")}]`);
  },
};
