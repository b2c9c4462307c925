import type { V1Endpoint, V1EndpointSlice, V1Service, V1ServiceSpec } from "@dingi/api";
import type { Records, ServiceRecord } from "./records.ts";
import { serviceRecord } from "./records.ts";

export function aService(name: string, spec: Partial<V1ServiceSpec>, namespace = "default"): V1Service {
  return { metadata: { name, namespace }, spec, status: {} } as V1Service;
}

export function aSlice(
  service: string,
  endpoints: readonly V1Endpoint[],
  ports: V1EndpointSlice["ports"] = [{ name: "http", protocol: "TCP", port: 8080 }],
): V1EndpointSlice {
  const metadata = { name: `${service}-1`, namespace: "default", labels: { "kubernetes.io/service-name": service } };
  return { metadata, addressType: "IPv4", endpoints, ports } as V1EndpointSlice;
}

const HTTP = [{ name: "http", protocol: "TCP", port: 80, targetPort: 8080 }];

/** A small cluster: one service of each sort. */
export const CLUSTER: readonly ServiceRecord[] = [
  serviceRecord(
    aService("web", {
      clusterIP: "10.96.0.20",
      clusterIPs: ["10.96.0.20"],
      ports: [...HTTP, { name: "dns", protocol: "UDP", port: 53 }],
    }),
    [aSlice("web", [{ addresses: ["10.244.0.9"], conditions: { ready: true } }])],
  ),
  serviceRecord(aService("db", { clusterIP: "None", clusterIPs: ["None"], ports: HTTP }), [
    aSlice("db", [
      { addresses: ["10.244.0.2"], hostname: "db-0", conditions: { ready: true } },
      { addresses: ["10.244.1.3"], conditions: {} },
      { addresses: ["10.244.1.4"], conditions: { ready: false } },
    ]),
  ]),
  serviceRecord(aService("early", { clusterIP: "None", publishNotReadyAddresses: true, ports: HTTP }), [
    aSlice("early", [{ addresses: ["10.244.3.4"], conditions: { ready: false } }]),
  ]),
  serviceRecord(aService("empty", { clusterIP: "None", ports: HTTP }), []),
  serviceRecord(aService("portless", { clusterIP: "None" }), [
    aSlice("portless", [{ addresses: ["10.244.5.5"], conditions: {} }], []),
  ]),
  serviceRecord(aService("out", { type: "ExternalName", externalName: "example.com." }), []),
  serviceRecord(aService("inside", { type: "ExternalName", externalName: "web.default.svc.cluster.local" }), []),
  serviceRecord(aService("loop", { type: "ExternalName", externalName: "loop.default.svc.cluster.local" }), []),
  serviceRecord(aService("number", { type: "ExternalName", externalName: "1.2.3.4" }), []),
  serviceRecord(
    aService(
      "kube-dns",
      { clusterIP: "10.96.0.10", ports: [{ name: "dns", protocol: "UDP", port: 53 }] },
      "kube-system",
    ),
    [],
  ),
];

/** The records of some services, in the namespaces they are in and in "bare". */
export function recordsOf(services: readonly ServiceRecord[]): Records & { hasSynced: boolean } {
  return {
    serial: 7,
    zone: "cluster.local",
    hasSynced: true,
    service: (namespace, name) => services.find((service) => service.namespace === namespace && service.name === name),
    hasNamespace: (namespace) => namespace === "bare" || services.some((service) => service.namespace === namespace),
    serviceAt: (address) => services.find(({ clusterIps }) => clusterIps.includes(address)),
    endpointsAt: (address) =>
      services.filter(({ endpoints }) => endpoints.some((endpoint) => endpoint.address === address)),
  };
}
