import { short } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";

export const node: HostileKind = {
  url: "/api/v1/nodes",
  base: { apiVersion: "v1", kind: "Node" },
  fields: {
    taints: (filling) => ({ spec: { taints: filling.items((i) => ({ key: short(i), effect: "NoSchedule" })) } }),
    "invalid taints": (filling) => ({ spec: { taints: filling.items(() => ({})) } }),
    "pod ranges": (filling) => ({
      spec: { podCIDR: "10.0.0.0/24", podCIDRs: filling.items((i) => `10.${i % 256}.${(i >> 8) % 256}.0/24`) },
    }),
    images: (filling) => ({ status: { images: filling.items(() => ({ names: ["a"] })) } }),
    addresses: (filling) => ({ status: { addresses: filling.items((i) => ({ type: "A", address: short(i) })) } }),
    capacity: (filling) => ({ status: { capacity: filling.map((i) => `a.b/${short(i)}`, "1") } }),
  },
};
