import { ageColumn, defineKind, nameColumn } from "@dingi/apimachinery";
import { V1Lease } from "./lease.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./lease.gen.ts";

export const Lease = defineKind<V1Lease>({
  group: "coordination.k8s.io",
  kind: "Lease",
  plural: "leases",
  scope: "Namespaced",
  versions: {
    "coordination.k8s.io/v1": {
      schema: V1Lease,
      defaults: (lease) => void (lease.spec ??= {}),
      storage: true,
    },
  },
  strategy,
  columns: [nameColumn, { name: "Holder", type: "string", value: ({ spec }) => spec.holderIdentity ?? "" }, ageColumn],
});
