import type { KindExample } from "../kind-example.ts";

export const DISCOVERY_KINDS: readonly KindExample[] = [
  {
    kind: "EndpointSlice",
    resource: "endpointslices",
    root: "/apis/discovery.k8s.io/v1",
    namespaced: true,
    minimal: { addressType: "IPv4" },
    full: {
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true }, nodeName: "n", zone: "z" }],
      ports: [{ name: "http", port: 80, protocol: "TCP" }],
    },
    change: { endpoints: [{ addresses: ["10.0.0.2"] }] },
    wrong: { addressType: "IPv6" },
  },
];
