import assert from "node:assert/strict";
import { test } from "node:test";
import { ValidatingAdmissionPolicy, type V1ValidatingAdmissionPolicy } from "@dingi/api";
import type { NewObject } from "@dingi/client";
import { TestCluster } from "@dingi/testing";
import { validatingAdmissionPolicyStatusController } from "./validating-admission-policy-status-controller.ts";

const controllers = [() => validatingAdmissionPolicyStatusController];

type Rules = readonly { readonly apiGroups: readonly string[]; readonly resources: readonly string[] }[];

const POLICIES = { namespace: "", name: "p" };

function policy(rules: Rules, spec: object): NewObject<V1ValidatingAdmissionPolicy> {
  const resourceRules = rules.map((rule) => ({ operations: ["CREATE"], apiVersions: ["v1"], ...rule }));
  return { metadata: { name: "p" }, spec: { matchConstraints: { resourceRules }, ...spec } };
}

async function checked(cluster: TestCluster, wanted: NewObject<V1ValidatingAdmissionPolicy>) {
  await cluster.admin.create(ValidatingAdmissionPolicy, wanted);
  const settled = await cluster.eventually(async () => {
    const found = await cluster.admin.get(ValidatingAdmissionPolicy, POLICIES);
    return found.status?.observedGeneration === undefined ? undefined : found;
  });
  return settled as V1ValidatingAdmissionPolicy;
}

const WORKLOADS: Rules = [{ apiGroups: ["apps", ""], resources: ["deployments", "pods", "services/status"] }];

test("what does not fit the kinds that a policy names is told in its status, as upstream tells it", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 0 });
  const variables = [
    { name: "replicas", expression: "object.spec.replicas" },
    { name: "bad", expression: "object.spec.nothing" },
  ];
  const validations = [
    { expression: "object.spec.replicas > '1'", messageExpression: "'too many: ' + object.spec.foo" },
    { expression: "variables.replicas > 1 && variables.bad == 'x'" },
    { expression: "params.data.a.size() > 0 && params.nothing == 1" },
    { expression: "object.metadata.labels['a'] == 'b' && object.kind == 'Deployment'" },
    { expression: "object.spec.template.spec.containers.all(c, c.resources.limits['cpu'] == '1')" },
    { expression: "object.spec.strategy.rollingUpdate.maxSurge == 1" },
  ];
  const paramKind = { apiVersion: "v1", kind: "ConfigMap" };
  const { status } = await checked(cluster, policy(WORKLOADS, { paramKind, variables, validations }));
  assert.equal(status?.observedGeneration, 1);
  const told = status?.typeChecking?.expressionWarnings?.map(({ fieldRef, warning }) => [fieldRef, warning]);
  const [pod, deployment] = ["/v1, Kind=Pod: ERROR: <input>", "apps/v1, Kind=Deployment: ERROR: <input>"];
  const text = (place: string, message: string, { line, at }: { line: string; at: number }) =>
    `${place}:1:${at}: ${message}\n | ${line}\n | ${".".repeat(at - 1)}^\n`;
  const at = (line: string, column: number) => ({ line, at: column });
  assert.deepEqual(told, [
    [
      "spec.validations[0].expression",
      [
        text(pod, "undefined field 'replicas'", at("object.spec.replicas > '1'", 12)),
        text(
          deployment,
          "found no matching overload for '_>_' applied to '(int, string)'",
          at("object.spec.replicas > '1'", 22),
        ),
      ].join("\n"),
    ],
    [
      "spec.validations[0].messageExpression",
      [pod, deployment]
        .map((place) => text(place, "undefined field 'foo'", at("'too many: ' + object.spec.foo", 27)))
        .join("\n"),
    ],
    [
      "spec.validations[2].expression",
      [pod, deployment]
        .map((place) =>
          text(place, "undefined field 'nothing'", at("params.data.a.size() > 0 && params.nothing == 1", 35)),
        )
        .join("\n"),
    ],
    [
      "spec.validations[4].expression",
      [
        text(pod, "undefined field 'template'", at(validations[4]!.expression, 12)),
        text(deployment, "undefined field 'limits'", at(validations[4]!.expression, 56)),
      ].join("\n"),
    ],
    ["spec.validations[5].expression", text(pod, "undefined field 'strategy'", at(validations[5]!.expression, 12))],
  ]);
});

test("a policy about anything is checked for nothing, and a changed one is checked again", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 0 });
  const { admin } = cluster;
  const anything = policy([{ apiGroups: ["*"], resources: ["pods"] }], {
    validations: [{ expression: "object.nothing == 1" }],
  });
  const { status } = await checked(cluster, anything);
  assert.deepEqual(status, { observedGeneration: 1, typeChecking: {} });
  const narrower = [{ op: "replace", path: "/spec/matchConstraints/resourceRules/0/apiGroups", value: [""] }];
  await admin.patch(ValidatingAdmissionPolicy, POLICIES, narrower, { type: "json" });
  const warnings = await cluster.eventually(async () => {
    const { status: newer } = await admin.get(ValidatingAdmissionPolicy, POLICIES);
    return newer?.observedGeneration === 2 ? newer.typeChecking?.expressionWarnings : undefined;
  });
  assert.match(JSON.stringify(warnings), /undefined field 'nothing'/);
});
