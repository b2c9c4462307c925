import type { V1FlowSchemaSpec } from "./flowschema.gen.ts";

const EVERYTHING = {
  resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] }],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
};

const group = (name: string) => ({ kind: "Group", group: { name } });

/** Which are in every cluster, as they are. Upstream: apiserver/pkg/apis/flowcontrol/bootstrap/default.go#MandatoryFlowSchemas */
export const MANDATORY_FLOW_SCHEMAS: ReadonlyMap<string, V1FlowSchemaSpec> = new Map<string, V1FlowSchemaSpec>([
  [
    "exempt",
    {
      priorityLevelConfiguration: { name: "exempt" },
      matchingPrecedence: 1,
      rules: [{ subjects: [group("system:masters")], ...EVERYTHING }],
    },
  ],
  [
    "catch-all",
    {
      priorityLevelConfiguration: { name: "catch-all" },
      matchingPrecedence: 10_000,
      distinguisherMethod: { type: "ByUser" },
      rules: [{ subjects: [group("system:unauthenticated"), group("system:authenticated")], ...EVERYTHING }],
    },
  ],
]);
