import {
  isPodPhaseTerminal,
  isPodReady,
  type DiscoveryV1EndpointPort,
  type V1Endpoint,
  type V1Node,
  type V1Pod,
  type V1Service,
} from "@dingi/api";
import { encodeJson } from "@dingi/apimachinery";
import type { SliceContent } from "./plan-slices.ts";

export const MANAGED_BY = "endpointslice-controller.k8s.io";

/** The endpoint that a pod makes for a service; undefined while it has none. Upstream: endpointslice/utils.go#podToEndpoint */
export function endpointOf(pod: V1Pod, service: V1Service, node: V1Node | undefined): V1Endpoint | undefined {
  const ips = pod.status.podIPs ?? [];
  if (ips.length === 0 || isPodPhaseTerminal(pod.status.phase)) return undefined;
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = isPodReady(pod) || service.spec.publishNotReadyAddresses === true;
  const zone = node?.metadata.labels?.["topology.kubernetes.io/zone"];
  const hostname = pod.spec.hostname && pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined;
  return {
    addresses: [ips.find(({ ip }) => !ip.includes(":"))?.ip ?? ips[0]!.ip],
    conditions: {
      ready: service.spec.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating,
    },
    ...(hostname ? { hostname } : {}),
    targetRef: { kind: "Pod", namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
}

/** A service's ports as they are on one pod: names of ports are looked up there. */
export function portsOf(service: V1Service, pod: V1Pod): DiscoveryV1EndpointPort[] {
  return (service.spec.ports ?? []).flatMap(({ name, protocol = "TCP", targetPort, port, appProtocol }) => {
    const number = resolvePort(pod, targetPort ?? port, protocol);
    return number === undefined
      ? []
      : [{ name: name ?? "", port: number, protocol, ...(appProtocol ? { appProtocol } : {}) }];
  });
}

function resolvePort(pod: V1Pod, target: number | string, protocol: string): number | undefined {
  if (typeof target === "number") return target;
  const ports = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap(
    (container) => container.ports ?? [],
  );
  return ports.find((candidate) => candidate.name === target && (candidate.protocol ?? "TCP") === protocol)
    ?.containerPort;
}

/** Endpoints grouped by their ports, in a stable order; one empty group when there is none. */
export function groupByPorts(
  pods: readonly V1Pod[],
  service: V1Service,
  nodeOf: (name: string) => V1Node | undefined,
): SliceContent[] {
  const groups = new Map<string, { ports: DiscoveryV1EndpointPort[]; endpoints: V1Endpoint[] }>();
  for (const pod of [...pods].sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1))) {
    const endpoint = endpointOf(pod, service, nodeOf(pod.spec.nodeName ?? ""));
    if (!endpoint) continue;
    const ports = portsOf(service, pod);
    const key = encodeJson(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, group);
    group.endpoints.push(endpoint);
  }
  return groups.size === 0 ? [{ ports: [], endpoints: [] }] : [...groups.values()];
}
