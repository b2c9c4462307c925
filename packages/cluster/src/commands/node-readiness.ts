import { Lease, Node, type V1Lease, type V1Node } from "@dingi/api";
import type { Client } from "@dingi/client";
import type { Part } from "../supervisor/status.ts";

const LEASE_NAMESPACE = "kube-node-lease";
const SECOND_MS = 1000;

/** Which nodes are ready now: what the API server tells of a kubelet of before counts for nothing. */
export async function readyNodes(client: Client, agents: readonly Part[]): Promise<ReadonlySet<string>> {
  const [nodes, leases] = await Promise.all([client.list(Node), client.list(Lease, { namespace: LEASE_NAMESPACE })]);
  const ready = nodes.items.filter((node) => {
    const lease = leases.items.find(({ metadata }) => metadata.name === node.metadata.name);
    const agent = agents.find((part) => part.role === "agent" && part.node === node.metadata.name);
    return isReady(node, lease, agent);
  });
  return new Set(ready.map(({ metadata }) => metadata.name ?? ""));
}

/**
 * Whether a kubelet that runs now said so. A heartbeat has whole seconds, so one of the agent's first second is believed
 * only together with the lease, whose time is exact.
 */
export function isReady(node: V1Node, lease: V1Lease | undefined, agent: Part | undefined): boolean {
  const { startedMs, state } = agent ?? {};
  if (startedMs === undefined || state === "waiting") return false;
  const renewedMs = Date.parse(String(lease?.spec?.renewTime));
  return renewedMs >= startedMs && saysReady(node, Math.floor(startedMs / SECOND_MS) * SECOND_MS);
}

/** What a node says of itself, and since `sinceMs`; where none is given, whenever it said so. */
export function saysReady({ status, spec }: V1Node, sinceMs = -Infinity): boolean {
  const isNew = status.conditions?.some(
    ({ type, status: value, lastHeartbeatTime }) =>
      type === "Ready" &&
      value === "True" &&
      (sinceMs === -Infinity || Date.parse(String(lastHeartbeatTime)) >= sinceMs),
  );
  return isNew === true && !spec.taints?.some(({ key }) => key === "node.kubernetes.io/not-ready");
}
