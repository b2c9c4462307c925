import { FILLING_BYTES } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";

export const lease: HostileKind = {
  url: "/apis/coordination.k8s.io/v1/namespaces/default/leases",
  base: { apiVersion: "coordination.k8s.io/v1", kind: "Lease", spec: {} },
  fields: {
    "long holder": () => ({ spec: { holderIdentity: "a".repeat(FILLING_BYTES) } }),
  },
};
