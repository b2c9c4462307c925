import { EndpointSlice, Node, Service, type V1EndpointSlice, type V1Service } from "@dingi/api";
import { equalJson, ignoreAlreadyExists, ignoreNotFound } from "@dingi/apimachinery";
import { DONE, defineController, watchOf } from "@dingi/controller-runtime";
import type { Client, NewObject } from "@dingi/client";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { dnsServiceAddress } from "../machine/addresses.ts";

const DNS = { namespace: "kube-system", name: "kube-dns" };
const PORTS = [
  { name: "dns", port: 53, protocol: "UDP" },
  { name: "dns-tcp", port: 53, protocol: "TCP" },
];

/** Cluster DNS lives in the agents; this is the Service that leads to them, each node to its own. */
export async function publishBaseServices(
  config: Pick<ClusterConfig, "runtime" | "serviceCidr">,
  client: Client,
): Promise<void> {
  if (config.runtime === "simulated") return;
  // Looked for first: to one that is written again its own address is another's, before its name is.
  if (await client.get(Service, DNS).catch(ignoreNotFound)) return;
  const clusterIP = dnsServiceAddress(config.serviceCidr);
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
  await client.create(Service, service).catch(ignoreAlreadyExists);
}

/** Cluster DNS answers on every node, so its endpoints are the nodes. */
export const clusterDnsController = defineController({
  name: "cluster-dns-controller",
  serviceAccount: "endpointslice-controller",
  for: Node,
  watches: [watchOf(EndpointSlice, ({ metadata }) => (metadata.name === DNS.name ? [DNS] : []))],
  concurrency: 1,
  reconcile: async (_key, { cache, client }) => {
    const endpoints = cache
      .list(Node)
      .flatMap(({ metadata, status }) => {
        const address = status.addresses?.find(({ type }) => type === "InternalIP")?.address;
        const conditions = { ready: true, serving: true, terminating: false };
        return address ? [{ addresses: [address], conditions, nodeName: metadata.name }] : [];
      })
      .sort((a, b) => ((a.nodeName ?? "") < (b.nodeName ?? "") ? -1 : 1));
    const current = cache.get(EndpointSlice, DNS);
    const metadata = {
      ...DNS,
      labels: { "kubernetes.io/service-name": DNS.name, "endpointslice.kubernetes.io/managed-by": "dingi" },
    };
    const content = { addressType: "IPv4", endpoints, ports: PORTS };
    if (!current)
      await client.create<V1EndpointSlice>(EndpointSlice, { metadata, ...content }).catch(ignoreAlreadyExists);
    else if (!equalJson(current.endpoints ?? [], endpoints)) {
      await client.update(EndpointSlice, { ...current, ...content });
    }
    return DONE;
  },
});
