import type { V1Pod } from "@dingi/api";
import { SKIP, SUCCESS, unschedulable, type Plugin } from "../../framework/plugin.ts";

interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

function hostPorts(pod: V1Pod): HostPort[] {
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  return [...(pod.spec.containers ?? []), ...sidecars].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostIP, hostPort, protocol }) =>
      hostPort ? [{ ip: hostIP || "0.0.0.0", protocol: protocol || "TCP", port: hostPort }] : [],
    ),
  );
}

function conflicts(wanted: readonly HostPort[], taken: readonly HostPort[]): boolean {
  return wanted.some((a) =>
    taken.some(
      (b) =>
        a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === "0.0.0.0" || b.ip === "0.0.0.0"),
    ),
  );
}

/** No two pods on the same port of a node. Upstream: pkg/scheduler/framework/plugins/nodeports */
export const nodePorts: Plugin = {
  name: "NodePorts",
  preFilter: (state, pod) => {
    const ports = hostPorts(pod);
    if (ports.length === 0) return SKIP;
    state.write("NodePorts", ports);
    return SUCCESS;
  },
  filter: (state, _pod, info) => {
    const wanted = state.read<HostPort[]>("NodePorts") ?? [];
    return conflicts(wanted, [...info.pods].flatMap(hostPorts))
      ? unschedulable("node(s) didn't have free ports for the requested pod ports")
      : SUCCESS;
  },
  hints: [
    { resource: "Node", actions: ["Add"], worthTrying: () => true },
    {
      resource: "AssignedPod",
      actions: ["Delete"],
      worthTrying: (pod, { before }) => conflicts(hostPorts(pod), hostPorts(before as V1Pod)),
    },
  ],
};
