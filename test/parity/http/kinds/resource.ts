import type { KindExample } from "../kind-example.ts";

const root = "/apis/resource.k8s.io/v1";

const selector = { cel: { expression: 'device.driver == "a.example.com"' } };
const config = { opaque: { driver: "a.example.com", parameters: { kind: "Tuning", level: 3 } } };
const request = { name: "r", exactly: { deviceClassName: "c" } };
const fullClaim = {
  devices: {
    requests: [
      {
        name: "r",
        exactly: {
          deviceClassName: "c",
          selectors: [selector],
          allocationMode: "ExactCount",
          count: 2,
          tolerations: [{ key: "k", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }],
          capacity: { requests: { memory: "1Gi" } },
        },
      },
      { name: "f", firstAvailable: [{ name: "s", deviceClassName: "c", allocationMode: "All" }] },
    ],
    constraints: [{ requests: ["r"], matchAttribute: "a.example.com/model" }],
    config: [{ requests: ["r", "f/s"], ...config }],
  },
};
const taint = { key: "k", value: "v", effect: "NoSchedule", timeAdded: "2100-01-01T00:00:00Z" };
const slice = { driver: "a.example.com", pool: { name: "p", generation: 1, resourceSliceCount: 1 }, nodeName: "n" };

export const RESOURCE_KINDS: readonly KindExample[] = [
  {
    kind: "DeviceClass",
    resource: "deviceclasses",
    root,
    namespaced: false,
    minimal: { spec: {} },
    full: { spec: { selectors: [selector], config: [config], extendedResourceName: "example.com/gpu" } },
    change: { spec: { selectors: [selector] } },
    wrong: { spec: { selectors: [{}] } },
  },
  {
    kind: "DeviceTaintRule",
    resource: "devicetaintrules",
    root,
    namespaced: false,
    minimal: { spec: { taint } },
    full: { spec: { deviceSelector: { driver: "a.example.com", pool: "p", device: "d" }, taint } },
    change: { spec: { taint: { value: "w" } } },
    status: {
      status: {
        conditions: [
          { type: "A", status: "True", reason: "R", message: "m", lastTransitionTime: "2020-01-01T00:00:00Z" },
        ],
      },
    },
    wrong: { spec: { taint: { effect: "Odd" } } },
  },
  {
    kind: "ResourceClaim",
    resource: "resourceclaims",
    root,
    namespaced: true,
    minimal: { spec: { devices: { requests: [request] } } },
    full: { spec: fullClaim },
    status: {
      status: {
        allocation: {
          devices: { results: [{ request: "r", driver: "a.example.com", pool: "p", device: "d" }] },
        },
        reservedFor: [{ resource: "pods", name: "p", uid: "u" }],
      },
    },
    wrong: { spec: { devices: { requests: [{ name: "r" }] } } },
  },
  {
    kind: "ResourceClaimTemplate",
    resource: "resourceclaimtemplates",
    root,
    namespaced: true,
    minimal: { spec: { spec: { devices: { requests: [request] } } } },
    full: { spec: { metadata: { labels: { a: "b" }, annotations: { c: "d" } }, spec: fullClaim } },
    wrong: { spec: { spec: { devices: { requests: [{ name: "r" }] } } } },
  },
  {
    kind: "ResourceSlice",
    resource: "resourceslices",
    root,
    namespaced: false,
    minimal: { spec: slice },
    full: {
      spec: {
        ...slice,
        devices: [
          {
            name: "d",
            attributes: { model: { string: "x" }, ok: { bool: true }, n: { int: 4 }, v: { version: "1.2.3" } },
            capacity: { memory: { value: "1Gi" } },
            consumesCounters: [{ counterSet: "c", counters: { a: { value: "1" } } }],
            taints: [taint],
            bindingConditions: ["a"],
            bindingFailureConditions: ["b"],
          },
        ],
      },
    },
    change: { spec: { pool: { generation: 2 } } },
    wrong: { spec: { pool: { generation: -1 } } },
  },
];
