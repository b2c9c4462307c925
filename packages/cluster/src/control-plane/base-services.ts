import { EndpointSlice, Service, type V1EndpointSlice, type V1Service } from "@dingi/api";
import { equalJson, isAlreadyExists, isNotFound } from "@dingi/apimachinery";
import type { Client, NewObject } from "@dingi/client";
import { addressAt, type ClusterConfig } from "../config/cluster-config.ts";

const DNS = { namespace: "kube-system", name: "kube-dns" };
const PORTS = [
  { name: "dns", port: 53, protocol: "UDP" },
  { name: "dns-tcp", port: 53, protocol: "TCP" },
];
/** Nodes' addresses on the fabric begin after this one. */
const BEFORE_FIRST_NODE = 10;

/** Cluster DNS lives in the agents; this is the Service that leads to them, each node to its own. */
export async function publishBaseServices(config: ClusterConfig, client: Client): Promise<void> {
  if (config.runtime === "simulated") return;
  const clusterIP = addressAt(config.serviceCidr, 10);
  const service: NewObject<V1Service> = {
    metadata: {
      ...DNS,
      labels: { "k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" },
    },
    spec: {
      clusterIP,
      clusterIPs: [clusterIP],
      ports: PORTS.map((port) => ({ ...port, targetPort: port.port })),
      type: "ClusterIP",
      internalTrafficPolicy: "Local",
    },
  };
  await client.create(Service, service).catch(ignoreExisting);
  const endpoints = config.nodes.map(({ name, index }) => ({
    addresses: [addressAt(config.fabric, BEFORE_FIRST_NODE + index)],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: name,
  }));
  const content = { addressType: "IPv4", endpoints, ports: PORTS };
  const metadata = {
    ...DNS,
    labels: { "kubernetes.io/service-name": DNS.name, "endpointslice.kubernetes.io/managed-by": "dingi" },
  };
  const current = await client.get(EndpointSlice, DNS).catch(ignoreMissing);
  if (!current) await client.create<V1EndpointSlice>(EndpointSlice, { metadata, ...content }).catch(ignoreExisting);
  else if (!equalJson(current.endpoints, endpoints)) await client.update(EndpointSlice, { ...current, ...content });
}

function ignoreExisting(error: unknown): undefined {
  if (!isAlreadyExists(error)) throw error;
  return undefined;
}

function ignoreMissing(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}
