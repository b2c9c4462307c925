import type { Plugin } from "../../framework/plugin.ts";
import { SUCCESS, unresolvable } from "../../framework/plugin.ts";

/** A pod that names its node gets that node. Upstream: pkg/scheduler/framework/plugins/nodename */
export const nodeName: Plugin = {
  name: "NodeName",
  filter: (_state, pod, { name }) =>
    !pod.spec.nodeName || pod.spec.nodeName === name
      ? SUCCESS
      : unresolvable("node(s) didn't match the requested node name"),
  hints: [{ resource: "Node", actions: ["Add"], worthTrying: () => true }],
};
