import type { KindExample } from "../kind-example.ts";

const FLOWCONTROL = "/apis/flowcontrol.apiserver.k8s.io/v1";
const conditions = [
  { type: "Known", status: "True", reason: "R", message: "m", lastTransitionTime: "2020-01-01T00:00:00Z" },
];

export const FLOWCONTROL_KINDS: readonly KindExample[] = [
  {
    kind: "FlowSchema",
    resource: "flowschemas",
    root: FLOWCONTROL,
    namespaced: false,
    minimal: { spec: { priorityLevelConfiguration: { name: "global-default" } } },
    full: {
      spec: {
        priorityLevelConfiguration: { name: "global-default" },
        matchingPrecedence: 500,
        distinguisherMethod: { type: "ByUser" },
        rules: [
          {
            subjects: [
              { kind: "User", user: { name: "u" } },
              { kind: "ServiceAccount", serviceAccount: { namespace: "n", name: "s" } },
            ],
            resourceRules: [{ verbs: ["get"], apiGroups: ["apps"], resources: ["deployments"], namespaces: ["n"] }],
            nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/metrics/*"] }],
          },
        ],
      },
    },
    change: { spec: { matchingPrecedence: 700 } },
    status: { status: { conditions } },
    wrong: { spec: { matchingPrecedence: 1 } },
  },
  {
    kind: "PriorityLevelConfiguration",
    resource: "prioritylevelconfigurations",
    root: FLOWCONTROL,
    namespaced: false,
    minimal: { spec: { type: "Limited", limited: { limitResponse: { type: "Reject" } } } },
    full: {
      spec: {
        type: "Limited",
        limited: {
          nominalConcurrencyShares: 5,
          lendablePercent: 10,
          borrowingLimitPercent: 20,
          limitResponse: { type: "Queue", queuing: { queues: 16, handSize: 4, queueLengthLimit: 9 } },
        },
      },
    },
    change: { spec: { limited: { nominalConcurrencyShares: 3 } } },
    status: { status: { conditions } },
    wrong: { spec: { type: "Exempt" } },
  },
];
