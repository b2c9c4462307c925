import { short } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";

export const endpointSlice: HostileKind = {
  url: "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
  base: { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4", endpoints: [] },
  fields: {
    endpoints: (filling) => ({
      endpoints: filling.items((i) => ({ addresses: [`10.0.${(i >> 8) % 256}.${i % 256}`] })),
    }),
    "empty endpoints": (filling) => ({ endpoints: filling.items(() => ({})) }),
    "addresses of an endpoint": (filling) => ({ endpoints: [{ addresses: filling.items(() => "a") }] }),
    ports: (filling) => ({ ports: filling.items((i) => ({ name: short(i), port: 1 })) }),
    "hints of an endpoint": (filling) => ({
      endpoints: [{ addresses: ["10.0.0.1"], hints: { forZones: filling.items((i) => ({ name: short(i) })) } }],
    }),
    "topology of an endpoint": (filling) => ({
      endpoints: [{ addresses: ["10.0.0.1"], deprecatedTopology: filling.map((i) => `a${short(i)}`, "b") }],
    }),
  },
};
