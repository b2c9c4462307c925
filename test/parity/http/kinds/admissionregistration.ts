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

export const ADMISSIONREGISTRATION_KINDS: readonly KindExample[] = [
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
