import { short } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";

export const namespace: HostileKind = {
  url: "/api/v1/namespaces",
  base: { apiVersion: "v1", kind: "Namespace" },
  fields: {
    finalizers: (filling) => ({ spec: { finalizers: filling.items(short) } }),
  },
};
