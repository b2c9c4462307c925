import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1ClusterRole } from "@dingi/api";
import { aggregate } from "./clusterrole-aggregation-controller.ts";

const roleOf = (name: string, labels: Record<string, string>, verbs: string[]): V1ClusterRole => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name, labels },
  rules: verbs.map((verb) => ({ apiGroups: [""], resources: ["pods"], verbs: [verb] })),
});

test("collects the rules of selected roles by name, each once, without its own", () => {
  const role = {
    ...roleOf("all", { x: "y" }, ["delete"]),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { x: "y" } }] },
  };
  const all = [
    role,
    roleOf("b", { x: "y" }, ["list", "get"]),
    roleOf("a", { x: "y" }, ["get"]),
    roleOf("c", {}, ["watch"]),
  ];
  assert.deepEqual(
    aggregate(role, () => all).map(({ verbs }) => verbs),
    [["get"], ["list"]],
  );
});
