import { isExtendedResource, isPodPhaseTerminal, podRequests, type V1Pod } from "@dingi/api";
import { addQuantity, compareQuantity, quantityMilliValue, quantityValue, subQuantity } from "@dingi/apimachinery";

export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

/**
 * Whether a pod that was bound to this node can really run on it, beside those that were admitted before. Pure.
 * Upstream: pkg/kubelet/lifecycle/predicate.go
 */
export function admitPod(
  pod: V1Pod,
  admitted: readonly V1Pod[],
  allocatable: Readonly<Record<string, string>>,
): Rejection | undefined {
  const others = admitted.filter(
    (other) => other.metadata.uid !== pod.metadata.uid && !isPodPhaseTerminal(other.status.phase),
  );
  return checkCount(others, allocatable) ?? checkResources(pod, others, allocatable) ?? checkPorts(pod, others);
}

/** Whether there is room beside the others for what a pod that runs here asks for by now. Pure. */
export function admitResize(
  pod: V1Pod,
  admitted: readonly V1Pod[],
  allocatable: Readonly<Record<string, string>>,
): Rejection | undefined {
  const others = admitted.filter(
    (other) => other.metadata.uid !== pod.metadata.uid && !isPodPhaseTerminal(other.status.phase),
  );
  return checkResources(pod, others, allocatable);
}

function checkCount(others: readonly V1Pod[], allocatable: Readonly<Record<string, string>>): Rejection | undefined {
  const limit = Number(allocatable["pods"] ?? "110");
  if (others.length < limit) return undefined;
  return {
    reason: "OutOfpods",
    message: `Node didn't have enough resource: pods, requested: 1, used: ${others.length}, capacity: ${limit}`,
  };
}

function checkResources(
  pod: V1Pod,
  others: readonly V1Pod[],
  allocatable: Readonly<Record<string, string>>,
): Rejection | undefined {
  for (const [resource, wanted] of Object.entries(podRequests(pod))) {
    const capacity = allocatable[resource] ?? "0";
    if (compareQuantity(wanted, "0") === 0 || isUnknownHere(resource, allocatable)) continue;
    const used = others.reduce((sum, other) => addQuantity(sum, podRequests(other)[resource] ?? "0"), "0");
    if (compareQuantity(wanted, subQuantity(capacity, used)) <= 0) continue;
    const [requested, inUse, room] = [wanted, used, capacity].map((quantity) =>
      resource === "cpu" ? quantityMilliValue(quantity) : quantityValue(quantity),
    );
    const message = `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${inUse}, capacity: ${room}`;
    return { reason: `OutOf${resource}`, message };
  }
  return undefined;
}

/**
 * Whoever manages the resource may do so for the whole cluster, without telling nodes.
 * Upstream: pkg/kubelet/lifecycle/predicate.go#removeMissingExtendedResources
 */
function isUnknownHere(resource: string, allocatable: Readonly<Record<string, string>>): boolean {
  return isExtendedResource(resource) && allocatable[resource] === undefined;
}

function checkPorts(pod: V1Pod, others: readonly V1Pod[]): Rejection | undefined {
  const taken = others.flatMap(hostPorts);
  const clash = hostPorts(pod).some((port) => taken.some((other) => conflict(port, other)));
  return clash
    ? {
        reason: "NodePorts",
        message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
      }
    : undefined;
}

interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

function hostPorts(pod: V1Pod): HostPort[] {
  return (pod.spec.containers ?? []).flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, hostIP, protocol }) =>
      hostPort ? [{ ip: hostIP || "0.0.0.0", protocol: protocol ?? "TCP", port: hostPort }] : [],
    ),
  );
}

function conflict(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === "0.0.0.0" || b.ip === "0.0.0.0");
}
