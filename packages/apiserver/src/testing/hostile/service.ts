import { short } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";

export const service: HostileKind = {
  url: "/api/v1/namespaces/default/services",
  base: { apiVersion: "v1", kind: "Service", spec: { ports: [{ port: 80 }] } },
  fields: {
    ports: (filling) => ({ spec: { ports: filling.items((i) => ({ name: `a${short(i)}`, port: (i % 65000) + 1 })) } }),
    "ports of one number": (filling) => ({ spec: { ports: filling.items(() => ({ port: 1 })) } }),
    "node ports": (filling) => ({
      spec: { type: "NodePort", ports: filling.items((i) => ({ name: `a${short(i)}`, port: i + 1, nodePort: 30001 })) },
    }),
    "external addresses": (filling) => ({ spec: { ports: [{ port: 80 }], externalIPs: filling.items(() => "a") } }),
    "source ranges": (filling) => ({
      spec: { type: "LoadBalancer", ports: [{ port: 80 }], loadBalancerSourceRanges: filling.items(() => "a") },
    }),
    "cluster addresses": (filling) => ({
      spec: { ports: [{ port: 80 }], clusterIPs: filling.items((i) => `10.96.0.${i}`) },
    }),
    families: (filling) => ({ spec: { ports: [{ port: 80 }], ipFamilies: filling.items(() => "IPv4") } }),
    selector: (filling) => ({ spec: { ports: [{ port: 80 }], selector: filling.map((i) => `a${short(i)}`, "b") } }),
    "ingress of a status": (filling) => ({ status: { loadBalancer: { ingress: filling.items(() => ({})) } } }),
  },
};
