import { defineKind } from "@dingi/apimachinery";
import { byPrecedence, columns } from "./columns.ts";
import { V1FlowSchema } from "./flowschema.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./flowschema.gen.ts";

const DEFAULT_PRECEDENCE = 1000;

export const FlowSchema = defineKind<V1FlowSchema>({
  group: "flowcontrol.apiserver.k8s.io",
  kind: "FlowSchema",
  plural: "flowschemas",
  scope: "Cluster",
  versions: {
    "flowcontrol.apiserver.k8s.io/v1": {
      schema: V1FlowSchema,
      /** Upstream: pkg/apis/flowcontrol/v1/defaults.go#SetDefaults_FlowSchemaSpec */
      defaults: ({ spec }) => void (spec.matchingPrecedence ||= DEFAULT_PRECEDENCE),
      storage: true,
    },
  },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
  rowOrder: byPrecedence,
});
