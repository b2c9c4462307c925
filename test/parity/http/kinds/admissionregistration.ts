import type { KindExample } from "../kind-example.ts";

const root = "/apis/admissionregistration.k8s.io/v1";

const smallestWebhook = {
  name: "first.example.com",
  clientConfig: { url: "https://example.com/hook" },
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
};

/** About resources that no server has: upstream's own would call it for every other. */
const webhook = {
  ...smallestWebhook,
  clientConfig: { service: { namespace: "default", name: "hook", path: "/a", port: 8443 } },
  rules: [
    {
      operations: ["CREATE", "UPDATE"],
      apiGroups: ["example.com"],
      apiVersions: ["v1"],
      resources: ["widgets", "widgets/status"],
      scope: "Namespaced",
    },
  ],
  failurePolicy: "Ignore",
  matchPolicy: "Exact",
  namespaceSelector: { matchLabels: { a: "b" } },
  objectSelector: { matchExpressions: [{ key: "k", operator: "In", values: ["v"] }] },
  sideEffects: "NoneOnDryRun",
  timeoutSeconds: 5,
  admissionReviewVersions: ["v1", "v1beta1"],
};

const match = {
  matchPolicy: "Exact",
  namespaceSelector: { matchLabels: { a: "b" } },
  objectSelector: { matchExpressions: [{ key: "c", operator: "Exists" }] },
  resourceRules: [
    { operations: ["CREATE"], apiGroups: ["apps"], apiVersions: ["v1"], resources: ["deployments"], scope: "*" },
  ],
};
const smallestMatch = {
  resourceRules: [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }],
};
const paramKind = { apiVersion: "rules.example.com/v1", kind: "Limit" };
const paramRef = { name: "n", namespace: "default", parameterNotFoundAction: "Deny" };

export const ADMISSIONREGISTRATION_KINDS: readonly KindExample[] = [
  {
    kind: "ValidatingAdmissionPolicy",
    resource: "validatingadmissionpolicies",
    root,
    namespaced: false,
    minimal: { spec: { matchConstraints: smallestMatch, validations: [{ expression: "true" }] } },
    full: {
      spec: {
        paramKind,
        matchConstraints: match,
        validations: [{ expression: "true", message: "m", reason: "Invalid" }],
        failurePolicy: "Ignore",
        auditAnnotations: [{ key: "k", valueExpression: "'v'" }],
      },
    },
    change: { spec: { failurePolicy: "Ignore" } },
    status: { status: { observedGeneration: 1 } },
    wrong: { spec: { failurePolicy: "Odd" } },
  },
  {
    kind: "ValidatingAdmissionPolicyBinding",
    resource: "validatingadmissionpolicybindings",
    root,
    namespaced: false,
    minimal: { spec: { policyName: "p", validationActions: ["Deny"] } },
    full: { spec: { policyName: "p", paramRef, matchResources: match, validationActions: ["Warn", "Audit"] } },
    change: { spec: { validationActions: ["Audit"] } },
    wrong: { spec: { validationActions: ["Odd"] } },
  },
  {
    kind: "MutatingAdmissionPolicy",
    resource: "mutatingadmissionpolicies",
    root,
    namespaced: false,
    minimal: {
      spec: {
        matchConstraints: smallestMatch,
        mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } }],
        reinvocationPolicy: "Never",
      },
    },
    full: {
      spec: {
        paramKind,
        matchConstraints: match,
        mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } }],
        failurePolicy: "Ignore",
        reinvocationPolicy: "IfNeeded",
      },
    },
    change: { spec: { failurePolicy: "Ignore" } },
    wrong: { spec: { failurePolicy: "Odd" } },
  },
  {
    kind: "MutatingAdmissionPolicyBinding",
    resource: "mutatingadmissionpolicybindings",
    root,
    namespaced: false,
    minimal: { spec: { policyName: "p" } },
    full: { spec: { policyName: "p", paramRef, matchResources: match } },
    change: { spec: { policyName: "q" } },
    wrong: { spec: { policyName: "Q_" } },
  },
  {
    kind: "ValidatingWebhookConfiguration",
    resource: "validatingwebhookconfigurations",
    root,
    namespaced: false,
    minimal: { webhooks: [smallestWebhook] },
    full: { webhooks: [webhook, { ...webhook, name: "second.example.com" }] },
    change: { webhooks: [{ ...smallestWebhook, timeoutSeconds: 7 }] },
    wrong: { webhooks: [{ ...smallestWebhook, timeoutSeconds: 31 }] },
  },
  {
    kind: "MutatingWebhookConfiguration",
    resource: "mutatingwebhookconfigurations",
    root,
    namespaced: false,
    minimal: { webhooks: [smallestWebhook] },
    full: {
      webhooks: [
        { ...webhook, reinvocationPolicy: "IfNeeded" },
        { ...webhook, name: "second.example.com" },
      ],
    },
    change: { webhooks: [{ ...smallestWebhook, reinvocationPolicy: "IfNeeded" }] },
    wrong: { webhooks: [{ ...smallestWebhook, timeoutSeconds: 31 }] },
  },
];
