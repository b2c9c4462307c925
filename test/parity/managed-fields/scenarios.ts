/** Requests whose owners of fields are compared with upstream's; every scenario is about one object. */
export interface Scenario {
  readonly name: string;
  readonly resource: string;
  readonly steps: readonly Request[];
}

export interface Request {
  readonly by: string;
  readonly create?: object;
  readonly put?: object;
  /** Sent as the media type's patch. */
  readonly merge?: object;
  readonly strategic?: object;
  readonly json?: readonly object[];
  readonly apply?: object;
  readonly force?: boolean;
  readonly subresource?: string;
}

export interface Answer {
  readonly code: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const configMap = (metadata: object, data?: object) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "owned", ...metadata },
  ...(data ? { data } : {}),
});

const container = (name: string, more: object = {}) => ({ name, image: `registry.example/${name}:1`, ...more });

const deployment = (spec: object, metadata: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "owned", ...metadata },
  spec: { selector: { matchLabels: { app: "x" } }, ...spec },
});

const template = (...containers: object[]) => ({ metadata: { labels: { app: "x" } }, spec: { containers } });

const service = (ports: object[], metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "owned", ...metadata },
  spec: { clusterIP: "None", selector: { app: "x" }, ports },
});

const pod = (spec: object, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "owned", ...metadata },
  spec,
});

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "updates, conflicts and force",
    resource: "api/v1 configmaps",
    steps: [
      { by: "kubectl-create", create: configMap({ labels: { a: "1", b: "1" } }, { x: "1", y: "1" }) },
      { by: "patcher", merge: { data: { y: "2", z: "2" }, metadata: { annotations: { n: "1" } } } },
      { by: "applier", apply: configMap({ labels: { a: "2" } }, { x: "3", y: "2" }) },
      { by: "applier", apply: configMap({ labels: { a: "2" } }, { x: "3", y: "2" }), force: true },
      { by: "applier", apply: configMap({ labels: { a: "2" } }, { x: "3", y: "2" }) },
      { by: "other", apply: configMap({ labels: { a: "2" } }, { x: "3", w: "1" }) },
      { by: "applier", apply: configMap({}, { y: "2" }) },
      { by: "other", apply: configMap({}) },
      { by: "putter", put: configMap({ labels: { c: "1" } }, { only: "1" }) },
      {
        by: "patcher",
        json: [
          { op: "remove", path: "/data/only" },
          { op: "add", path: "/data/q", value: "1" },
        ],
      },
    ],
  },
  {
    name: "owners taken away, and the first apply after that",
    resource: "api/v1 configmaps",
    steps: [
      { by: "creator", create: configMap({ labels: { a: "1" } }, { x: "1" }) },
      { by: "stripper", merge: { metadata: { managedFields: [{}] }, data: { x: "2" } } },
      { by: "patcher", merge: { data: { x: "3" } } },
      { by: "applier", apply: configMap({}, { x: "4" }) },
      { by: "applier", apply: configMap({}, { x: "4" }), force: true },
      { by: "stripper", merge: { metadata: { managedFields: [] } } },
    ],
  },
  {
    name: "an apply that creates, one that changes nothing, two with the same value",
    resource: "api/v1 configmaps",
    steps: [
      { by: "one", apply: configMap({ labels: { a: "1" }, finalizers: ["example.com/keep"] }, { x: "1" }) },
      { by: "one", apply: configMap({ labels: { a: "1" }, finalizers: ["example.com/keep"] }, { x: "1" }) },
      { by: "two", apply: configMap({ labels: { a: "1" } }, { x: "1" }) },
      { by: "one", apply: configMap({ labels: { b: "1" } }) },
      { by: "two", apply: configMap({}) },
      { by: "three", merge: { metadata: { finalizers: null } } },
    ],
  },
  {
    name: "more updaters than are kept",
    resource: "api/v1 configmaps",
    steps: [
      { by: "creator", create: configMap({}, { base: "1" }) },
      ...Array.from({ length: 12 }, (_, i) => ({ by: `updater-${i}`, merge: { data: { [`k${i}`]: "1" } } })),
    ],
  },
  {
    name: "what is refused",
    resource: "apis/apps/v1 deployments",
    steps: [
      { by: "m", apply: deployment({ replicas: "2", template: template(container("a")) }) },
      { by: "m", apply: deployment({ foo: 1, template: template(container("a")) }) },
      {
        by: "m",
        apply: deployment({ paused: 1, template: template(container("a", { env: [{ name: "X", value: 1 }] })) }),
      },
      { by: "m", apply: deployment({ template: template(container("a"), container("a")) }) },
      { by: "m", apply: deployment({ template: template({ image: "x" }) }) },
      { by: "m", apply: { ...deployment({ template: template(container("a")) }), apiVersion: "apps/v1beta1" } },
      { by: "m", apply: deployment({ template: template(container("a")) }, { managedFields: [] }) },
      { by: "m", apply: deployment({ template: template(container("a", { resources: { limits: { cpu: "1x" } } })) }) },
    ],
  },
  {
    name: "from client-side apply to server-side apply",
    resource: "apis/apps/v1 deployments",
    steps: [
      {
        by: "kubectl-client-side-apply",
        create: deployment(
          { replicas: 2, template: template(container("a"), container("b")) },
          {
            annotations: {
              [LAST_APPLIED]: JSON.stringify(
                deployment({ replicas: 2, template: template(container("a"), container("b")) }),
              ),
            },
          },
        ),
      },
      {
        by: "kubectl",
        apply: deployment({ replicas: 3, template: template(container("a", { image: "registry.example/a:2" })) }),
      },
      {
        by: "stranger",
        apply: deployment({ replicas: 4, template: template(container("a", { image: "registry.example/a:3" })) }),
      },
      {
        by: "kube-controller-manager",
        subresource: "status",
        strategic: {
          status: { replicas: 1, conditions: [{ type: "Available", status: "True", reason: "r", message: "m" }] },
        },
      },
      {
        by: "kubectl-set",
        strategic: {
          spec: {
            template: {
              spec: {
                "$setElementOrder/containers": [{ name: "b" }, { name: "a" }],
                containers: [{ name: "b", image: "registry.example/b:2" }],
              },
            },
          },
        },
      },
      {
        by: "kubectl-rollout",
        strategic: {
          spec: {
            template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z" } } },
          },
        },
      },
      {
        by: "stranger",
        apply: deployment({
          replicas: 4,
          template: template(container("a", { image: "registry.example/a:3" }), container("c")),
        }),
        force: true,
      },
      { by: "stranger", apply: deployment({ template: template(container("c")) }), force: true },
    ],
  },
  {
    name: "lists by several keys",
    resource: "api/v1 services",
    steps: [
      {
        by: "one",
        apply: service([
          { name: "dns", port: 53, protocol: "UDP" },
          { name: "dns-tcp", port: 53, protocol: "TCP" },
          { name: "web", port: 80 },
        ]),
      },
      { by: "two", apply: service([{ name: "web", port: 80, targetPort: "http" }]) },
      { by: "two", apply: service([{ name: "web", port: 80, targetPort: "http" }]), force: true },
      { by: "one", apply: service([{ name: "dns", port: 53, protocol: "UDP" }]) },
      { by: "patcher", strategic: { spec: { ports: [{ port: 443, name: "tls" }], selector: { tier: "front" } } } },
      { by: "two", apply: service([]), force: true },
      {
        by: "status",
        subresource: "status",
        merge: {
          status: {
            conditions: [
              { type: "T", status: "True", reason: "r", message: "m", lastTransitionTime: "2026-01-01T00:00:00Z" },
            ],
          },
        },
      },
    ],
  },
  {
    name: "pods",
    resource: "api/v1 pods",
    steps: [
      {
        by: "creator",
        create: pod(
          {
            containers: [
              container("a", {
                env: [
                  { name: "A", value: "1" },
                  { name: "B", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
                ],
                ports: [{ containerPort: 80 }, { containerPort: 80, protocol: "UDP" }],
                resources: { requests: { cpu: "100m" } },
                volumeMounts: [{ name: "v", mountPath: "/v" }],
                livenessProbe: { httpGet: { path: "/", port: 80 } },
              }),
            ],
            volumes: [
              { name: "v", emptyDir: {} },
              { name: "w", configMap: { name: "c", items: [{ key: "k", path: "p" }] } },
            ],
            tolerations: [{ key: "k", operator: "Exists" }],
            nodeSelector: { a: "b" },
            affinity: {
              nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: {
                  nodeSelectorTerms: [{ matchExpressions: [{ key: "k", operator: "Exists" }] }],
                },
              },
            },
            securityContext: { runAsUser: 1 },
            hostAliases: [{ ip: "10.0.0.1", hostnames: ["h"] }],
            imagePullSecrets: [{ name: "s" }],
          },
          {
            labels: { a: "1" },
            ownerReferences: [
              { apiVersion: "v1", kind: "ConfigMap", name: "c", uid: "d9607e19-f88f-11e6-a518-42010a800195" },
            ],
          },
        ),
      },
      {
        by: "kubelet",
        subresource: "status",
        strategic: {
          status: {
            phase: "Running",
            podIP: "10.0.0.5",
            podIPs: [{ ip: "10.0.0.5" }],
            conditions: [{ type: "Ready", status: "True" }],
            containerStatuses: [{ name: "a", ready: true, restartCount: 0, image: "i", imageID: "d" }],
            startTime: "2026-01-01T00:00:00Z",
          },
        },
      },
      {
        by: "kubelet",
        subresource: "status",
        strategic: {
          status: {
            conditions: [
              { type: "Ready", status: "False", reason: "r" },
              { type: "Initialized", status: "True" },
            ],
          },
        },
      },
      { by: "labeler", merge: { metadata: { labels: { b: "2" }, annotations: { n: "1" } } } },
      { by: "imager", strategic: { spec: { containers: [{ name: "a", image: "registry.example/a:2" }] } } },
      {
        by: "applier",
        apply: pod({ containers: [{ name: "a", image: "registry.example/a:3" }] }, { labels: { a: "1", c: "3" } }),
      },
      {
        by: "applier",
        apply: pod({ containers: [{ name: "a", image: "registry.example/a:3" }] }, { labels: { a: "1", c: "3" } }),
        force: true,
      },
    ],
  },
];
