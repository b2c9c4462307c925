import { FILLING_BYTES, short, type Json } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";

const namespaced = (group: string, plural: string): string =>
  `/${group === "v1" ? "api" : "apis"}/${group}/namespaces/default/${plural}`;
const kindOf = (apiVersion: string, kind: string, spec: Json): Json => ({ apiVersion, kind, spec });
const port = { number: 80 };
const backend = { service: { name: "a", port } };

/** Kinds of which only what is their own is tried: their metadata is that of all others. */
export const networkPolicy: HostileKind = {
  url: namespaced("networking.k8s.io/v1", "networkpolicies"),
  base: kindOf("networking.k8s.io/v1", "NetworkPolicy", { podSelector: {} }),
  fields: {
    "blocks of addresses": (filling) => ({
      spec: {
        podSelector: {},
        ingress: [{ from: filling.items((i) => ({ ipBlock: { cidr: `10.${i % 250}.0.0/16` } })) }],
      },
    }),
    "exceptions of a block": (filling) => ({
      spec: {
        podSelector: {},
        ingress: [
          {
            from: [
              { ipBlock: { cidr: "10.0.0.0/8", except: filling.items((i) => `10.${i % 250}.${(i >> 8) % 250}.0/24`) } },
            ],
          },
        ],
      },
    }),
    "wrong exceptions of a block": (filling) => ({
      spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: "::/0", except: filling.items(() => "a") } }] }] },
    }),
    "empty rules": (filling) => ({ spec: { podSelector: {}, ingress: filling.items(() => ({})) } }),
    ports: (filling) => ({
      spec: { podSelector: {}, egress: [{ ports: filling.items((i) => ({ port: (i % 60000) + 1 })) }] },
    }),
  },
};

export const ingress: HostileKind = {
  url: namespaced("networking.k8s.io/v1", "ingresses"),
  base: kindOf("networking.k8s.io/v1", "Ingress", { defaultBackend: backend }),
  fields: {
    paths: (filling) => ({
      spec: {
        rules: [{ http: { paths: filling.items((i) => ({ path: `/${short(i)}`, pathType: "Exact", backend })) } }],
      },
    }),
    "empty paths": (filling) => ({ spec: { rules: [{ http: { paths: filling.items(() => ({})) } }] } }),
    rules: (filling) => ({ spec: { rules: filling.items((i) => ({ host: `${short(i)}.a` })) } }),
    "a path of dots": () => ({
      spec: { rules: [{ http: { paths: [{ path: "/..".repeat(FILLING_BYTES / 3), pathType: "Exact", backend }] } }] },
    }),
    "hosts of a certificate": (filling) => ({
      spec: { defaultBackend: backend, tls: [{ hosts: filling.items((i) => `${short(i)}.a`) }] },
    }),
  },
};

const target = { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" }, maxReplicas: 1 };
const annotated = (value: string, key = "autoscaling.alpha.kubernetes.io/metrics"): Json => ({
  metadata: { annotations: { [key]: value } },
  spec: target,
});

export const horizontalPodAutoscaler: HostileKind = {
  url: namespaced("autoscaling/v1", "horizontalpodautoscalers"),
  base: kindOf("autoscaling/v1", "HorizontalPodAutoscaler", target),
  fields: {
    "metrics in an annotation": (filling) =>
      annotated(JSON.stringify(filling.items(() => ({ type: "Resource" }), 1 / 2))),
    "an annotation of brackets": () => annotated("[".repeat(FILLING_BYTES)),
    "an annotation of empty metrics": (filling) => annotated(JSON.stringify(filling.items(() => ({})))),
    "conditions in an annotation": (filling) =>
      annotated(JSON.stringify(filling.items(() => ({}))), "autoscaling.alpha.kubernetes.io/conditions"),
    "behavior in an annotation": (filling) =>
      annotated(
        JSON.stringify({ ScaleUp: { Policies: filling.items(() => ({})) } }),
        "autoscaling.alpha.kubernetes.io/behavior",
      ),
  },
};

const claimOf = (devices: Json): Json => ({ spec: { devices } });
const exactly = { deviceClassName: "a" };

export const resourceClaim: HostileKind = {
  url: namespaced("resource.k8s.io/v1", "resourceclaims"),
  base: kindOf("resource.k8s.io/v1", "ResourceClaim", { devices: { requests: [{ name: "a", exactly }] } }),
  fields: {
    requests: (filling) => claimOf({ requests: filling.items((i) => ({ name: `a${short(i)}`, exactly })) }),
    "empty requests": (filling) => claimOf({ requests: filling.items(() => ({})) }),
    selectors: (filling) =>
      claimOf({
        requests: [
          { name: "a", exactly: { ...exactly, selectors: filling.items(() => ({ cel: { expression: "true" } })) } },
        ],
      }),
    "a long selector": () =>
      claimOf({
        requests: [
          {
            name: "a",
            exactly: {
              ...exactly,
              selectors: [{ cel: { expression: `true${" || true".repeat(FILLING_BYTES / 8)}` } }],
            },
          },
        ],
      }),
    constraints: (filling) =>
      claimOf({
        requests: [{ name: "a", exactly }],
        constraints: filling.items(() => ({ requests: ["a"], matchAttribute: "a/b" })),
      }),
    "alternatives of a request": (filling) =>
      claimOf({
        requests: [
          { name: "a", firstAvailable: filling.items((i) => ({ name: `a${short(i)}`, deviceClassName: "a" })) },
        ],
      }),
    "opaque parameters": (filling) =>
      claimOf({
        requests: [{ name: "a", exactly }],
        config: filling.items(() => ({ opaque: { driver: "a.b", parameters: {} } })),
      }),
  },
};

export const resourceSlice: HostileKind = {
  url: "/apis/resource.k8s.io/v1/resourceslices",
  base: kindOf("resource.k8s.io/v1", "ResourceSlice", {
    driver: "a.b",
    nodeName: "a",
    pool: { name: "a", generation: 1, resourceSliceCount: 1 },
    devices: [],
  }),
  fields: {
    devices: (filling) => ({
      spec: {
        driver: "a.b",
        nodeName: "a",
        pool: { name: "a", generation: 1, resourceSliceCount: 1 },
        devices: filling.items((i) => ({ name: `a${short(i)}` })),
      },
    }),
    "attributes of a device": (filling) => ({
      spec: {
        driver: "a.b",
        nodeName: "a",
        pool: { name: "a", generation: 1, resourceSliceCount: 1 },
        devices: [{ name: "a", attributes: filling.map((i) => `a${short(i)}`, { int: 1 }) }],
      },
    }),
  },
};

export const cronJob: HostileKind = {
  url: namespaced("batch/v1", "cronjobs"),
  base: kindOf("batch/v1", "CronJob", {
    schedule: "* * * * *",
    jobTemplate: { spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "a" }] } } } },
  }),
  fields: Object.fromEntries(
    Object.entries({
      "a long schedule": "* ".repeat(FILLING_BYTES / 2),
      "a schedule of commas": `${"1,".repeat(FILLING_BYTES / 2)}1 * * * *`,
      "a schedule of ranges": `${"0-59,".repeat(FILLING_BYTES / 5)}1 * * * *`,
      "a long time zone": `TZ=${"a".repeat(FILLING_BYTES)} * * * * *`,
    }).map(([name, schedule]) => [
      name,
      () => ({
        spec: {
          schedule,
          jobTemplate: {
            spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "a" }] } } },
          },
        },
      }),
    ]),
  ),
};

export const resourceQuota: HostileKind = {
  url: namespaced("v1", "resourcequotas"),
  base: kindOf("v1", "ResourceQuota", { hard: { pods: "1" } }),
  fields: {
    "hard limits": (filling) => ({ spec: { hard: filling.map((i) => `a.b/${short(i)}`, "1") } }),
    scopes: (filling) => ({ spec: { hard: {}, scopes: filling.items(() => "Terminating") } }),
    "scopes of a selector": (filling) => ({
      spec: {
        hard: {},
        scopeSelector: { matchExpressions: filling.items(() => ({ scopeName: "PriorityClass", operator: "Exists" })) },
      },
    }),
  },
};

export const limitRange: HostileKind = {
  url: namespaced("v1", "limitranges"),
  base: kindOf("v1", "LimitRange", { limits: [] }),
  fields: {
    limits: (filling) => ({ spec: { limits: filling.items(() => ({ type: "Pod" })) } }),
    "one wide limit": (filling) => ({
      spec: { limits: [{ type: "Container", max: filling.map((i) => `a.b/${short(i)}`, "1"), min: { cpu: "1" } }] },
    }),
  },
};

export const persistentVolume: HostileKind = {
  url: "/api/v1/persistentvolumes",
  base: kindOf("v1", "PersistentVolume", {
    capacity: { storage: "1" },
    accessModes: ["ReadWriteOnce"],
    hostPath: { path: "/a" },
  }),
  fields: {
    "access modes": (filling) => ({
      spec: { capacity: { storage: "1" }, hostPath: { path: "/a" }, accessModes: filling.items(() => "ReadWriteOnce") },
    }),
    "terms of nodes": (filling) => ({
      spec: {
        capacity: { storage: "1" },
        accessModes: ["ReadWriteOnce"],
        hostPath: { path: "/a" },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: filling.items(() => ({ matchExpressions: [{ key: "a", operator: "Exists" }] })),
          },
        },
      },
    }),
    "addresses of a cluster": (filling) => ({
      spec: {
        capacity: { storage: "1" },
        accessModes: ["ReadWriteOnce"],
        cephfs: { monitors: filling.items(() => "a") },
      },
    }),
  },
};

export const flowSchema: HostileKind = {
  url: "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
  base: kindOf("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", { priorityLevelConfiguration: { name: "a" } }),
  fields: {
    rules: (filling) => ({
      spec: {
        priorityLevelConfiguration: { name: "a" },
        rules: filling.items(() => ({
          subjects: [{ kind: "User", user: { name: "a" } }],
          nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/a"] }],
        })),
      },
    }),
    "verbs of a rule": (filling) => ({
      spec: {
        priorityLevelConfiguration: { name: "a" },
        rules: [
          {
            subjects: [],
            resourceRules: [{ verbs: filling.items(short), apiGroups: filling.items(short, 0), resources: ["a"] }],
          },
        ],
      },
    }),
  },
};

export const apiService: HostileKind = {
  url: "/apis/apiregistration.k8s.io/v1/apiservices",
  name: "v1.hostile.test",
  base: kindOf("apiregistration.k8s.io/v1", "APIService", {
    group: "hostile.test",
    version: "v1",
    groupPriorityMinimum: 1,
    versionPriority: 1,
    service: { name: "a", namespace: "default" },
    insecureSkipTLSVerify: true,
  }),
  fields: {
    "a bundle of dashes": () => ({
      spec: {
        group: "hostile.test",
        version: "v1",
        groupPriorityMinimum: 1,
        versionPriority: 1,
        service: { name: "a", namespace: "default" },
        caBundle: Buffer.from("-----BEGIN CERTIFICATE-----\n".repeat(FILLING_BYTES / 40)).toString("base64"),
      },
    }),
  },
};
