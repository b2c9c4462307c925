import { short } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";

export const serviceAccount: HostileKind = {
  url: "/api/v1/namespaces/default/serviceaccounts",
  base: { apiVersion: "v1", kind: "ServiceAccount" },
  fields: {
    secrets: (filling) => ({ secrets: filling.items((i) => ({ name: short(i) })) }),
    "empty secrets": (filling) => ({ secrets: filling.items(() => ({})) }),
  },
};
