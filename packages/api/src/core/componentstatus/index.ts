import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1ComponentStatus } from "./componentstatus.gen.ts";

export * from "./componentstatus.gen.ts";

/** Worked out when it is asked for, and never stored. Upstream: pkg/registry/core/componentstatus/rest.go */
export const ComponentStatus = defineKind<V1ComponentStatus>({
  group: "",
  kind: "ComponentStatus",
  plural: "componentstatuses",
  shortNames: ["cs"],
  scope: "Cluster",
  versions: {
    v1: {
      schema: V1ComponentStatus,
      deprecationWarning: "v1 ComponentStatus is deprecated in v1.19+",
      storage: true,
    },
  },
  strategy: {},
  columns,
  verbs: ["get", "list"],
  computed: true,
});
