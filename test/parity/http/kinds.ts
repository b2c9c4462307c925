/** A kind's smallest object and a fuller one, and a change that is allowed. */
export interface KindExample {
  readonly resource: string;
  /** Where it is not the resource's name in the singular, with a capital. */
  readonly kind?: string;
  /** With the group: "/apis/apps/v1". */
  readonly root: string;
  readonly namespaced: boolean;
  readonly minimal: object;
  readonly full: object;
  /** A merge patch of something other than metadata; absent where all else is fixed. */
  readonly change?: object;
  /** A merge patch of the status, where there is such a door. */
  readonly status?: object;
  /** A merge patch that is not valid. */
  readonly wrong: object;
}

const selector = { matchLabels: { app: "a" } };
const template = {
  metadata: { labels: { app: "a" } },
  spec: { containers: [{ name: "c", image: "example.org/i:1" }] },
};

const container = {
  name: "c",
  image: "example.org/i:1",
  command: ["run"],
  args: ["--all"],
  workingDir: "/w",
  ports: [{ name: "http", containerPort: 8080 }],
  env: [
    { name: "A", value: "1" },
    { name: "B", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "C", valueFrom: { configMapKeyRef: { name: "m", key: "k", optional: true } } },
  ],
  resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } },
  livenessProbe: { httpGet: { path: "/live", port: "http" } },
  readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 5 },
  startupProbe: { exec: { command: ["true"] } },
  lifecycle: { preStop: { sleep: { seconds: 3 } } },
  volumeMounts: [{ name: "data", mountPath: "/data" }],
  securityContext: { runAsNonRoot: true, capabilities: { drop: ["ALL"] } },
};

const podSpec = {
  containers: [container],
  initContainers: [{ name: "first", image: "example.org/i", restartPolicy: "Always" }],
  volumes: [
    { name: "data", emptyDir: { sizeLimit: "1Gi" } },
    { name: "m", configMap: { name: "m", items: [{ key: "k", path: "p" }] } },
    { name: "s", secret: { secretName: "s" } },
    { name: "d", downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
    { name: "h", hostPath: { path: "/tmp" } },
  ],
  nodeSelector: { disk: "ssd" },
  tolerations: [{ key: "k", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }],
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone", labelSelector: selector }],
    },
  },
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "ScheduleAnyway", labelSelector: selector },
  ],
  hostAliases: [{ ip: "10.0.0.9", hostnames: ["other"] }],
  dnsConfig: { options: [{ name: "ndots", value: "2" }] },
  terminationGracePeriodSeconds: 7,
  securityContext: { fsGroup: 5, seccompProfile: { type: "RuntimeDefault" } },
};

/** Of a key that nobody has any more. */
const request =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIcU1JR1JBZ0VBTUM4eEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekVXTUJRR0ExVUVBd3dOYzNsegpkR1Z0T201dlpHVTZiakJaTUJNR0J5cUdTTTQ5QWdFR0NDcUdTTTQ5QXdFSEEwSUFCRmJTcDZycVFGSkJYVDh1ClJlenpOcjgvYkNCem5ESnByVUFFTWI4WDF0a05yMDBVOWVkeEs3Q1J3dDBJaW80UGJTaWNYZEdPSjlnRWV5R08KY1pzWVpMYWdBREFLQmdncWhrak9QUVFEQWdOSUFEQkZBaUJxeUVxeCtLS0FXNG5iRnhrUHJKeUVqWXJ5aFJnRApYM3BiQWg2TlBhUW1sZ0loQUphOUZac3YrZFp2ZjY4VzNyK0ptZTR4RHRPNTNuTEdDUWlEQy9hTkU4aHoKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";

const CORE = "/api/v1";
const APPS = "/apis/apps/v1";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";

export const KINDS: readonly KindExample[] = [
  {
    resource: "configmaps",
    root: CORE,
    namespaced: true,
    minimal: {},
    full: { data: { a: "1", "b.txt": "two\n" }, binaryData: { c: "AAEC" }, immutable: false },
    change: { data: { z: "26" } },
    wrong: { data: { "not/valid": "" } },
  },
  {
    resource: "secrets",
    root: CORE,
    namespaced: true,
    minimal: {},
    full: { type: "Opaque", data: { a: "MQ==" }, stringData: { b: "two" } },
    change: { stringData: { z: "26" } },
    wrong: { type: "other" },
  },
  {
    resource: "serviceaccounts",
    root: CORE,
    namespaced: true,
    minimal: {},
    full: { secrets: [{ name: "s" }], imagePullSecrets: [{ name: "p" }], automountServiceAccountToken: false },
    change: { automountServiceAccountToken: true },
    wrong: { metadata: { labels: { "a b": "" } } },
  },
  {
    resource: "pods",
    root: CORE,
    namespaced: true,
    minimal: { spec: { containers: [{ name: "c", image: "i" }] } },
    full: { spec: podSpec },
    change: { spec: { activeDeadlineSeconds: 100 } },
    status: { status: { phase: "Running", podIP: "10.244.0.5", podIPs: [{ ip: "10.244.0.5" }] } },
    wrong: { spec: { restartPolicy: "Never" } },
  },
  {
    resource: "services",
    root: CORE,
    namespaced: true,
    minimal: { spec: { ports: [{ port: 80 }] } },
    full: {
      spec: {
        type: "NodePort",
        selector: { app: "a" },
        ports: [
          { name: "http", port: 80, targetPort: "http" },
          { name: "dns", port: 53, protocol: "UDP" },
        ],
        sessionAffinity: "ClientIP",
        externalTrafficPolicy: "Local",
        externalIPs: ["203.0.113.7"],
      },
    },
    change: { spec: { selector: { app: "b" } } },
    status: { status: { conditions: [] } },
    wrong: { spec: { sessionAffinity: "Sometimes" } },
  },
  {
    resource: "endpoints",
    root: CORE,
    namespaced: true,
    minimal: {},
    full: { subsets: [{ addresses: [{ ip: "10.0.0.2" }, { ip: "10.0.0.1" }], ports: [{ port: 80 }] }] },
    change: { subsets: [{ addresses: [{ ip: "10.0.0.3" }], ports: [{ port: 81 }] }] },
    wrong: { subsets: [{ addresses: [{ ip: "nowhere" }], ports: [{ port: 81 }] }] },
  },
  {
    resource: "events",
    root: CORE,
    namespaced: true,
    minimal: { involvedObject: { namespace: "{ns}" } },
    full: {
      involvedObject: { kind: "Pod", namespace: "{ns}", name: "p", apiVersion: "v1" },
      reason: "Started",
      message: "Something began",
      type: "Normal",
      count: 3,
      firstTimestamp: "2020-01-01T00:00:00Z",
      lastTimestamp: "2020-01-01T00:00:05Z",
      source: { component: "test", host: "h" },
    },
    change: { count: 4 },
    wrong: { involvedObject: { namespace: "elsewhere" } },
  },
  {
    resource: "events",
    root: "/apis/events.k8s.io/v1",
    namespaced: true,
    minimal: {
      eventTime: "2020-01-01T00:00:00.000000Z",
      type: "Normal",
      reason: "R",
      action: "A",
      reportingController: "example.org/c",
      reportingInstance: "c-1",
      regarding: { namespace: "{ns}" },
    },
    full: {
      eventTime: "2020-01-01T00:00:00.000000Z",
      type: "Warning",
      reason: "R",
      action: "A",
      note: "n",
      reportingController: "example.org/c",
      reportingInstance: "c-1",
      regarding: { kind: "Pod", name: "p", namespace: "{ns}" },
    },
    change: { series: { count: 2, lastObservedTime: "2020-01-01T00:00:09.000000Z" } },
    wrong: { type: "Terrible" },
  },
  {
    resource: "endpointslices",
    root: "/apis/discovery.k8s.io/v1",
    namespaced: true,
    minimal: { addressType: "IPv4" },
    full: {
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true }, nodeName: "n", zone: "z" }],
      ports: [{ name: "http", port: 80, protocol: "TCP" }],
    },
    change: { endpoints: [{ addresses: ["10.0.0.2"] }] },
    wrong: { addressType: "IPv6" },
  },
  {
    resource: "leases",
    root: "/apis/coordination.k8s.io/v1",
    namespaced: true,
    minimal: {},
    full: {
      spec: {
        holderIdentity: "me",
        leaseDurationSeconds: 15,
        leaseTransitions: 1,
        renewTime: "2020-01-01T00:00:00.000000Z",
      },
    },
    change: { spec: { holderIdentity: "you" } },
    wrong: { spec: { leaseDurationSeconds: -1 } },
  },
  {
    resource: "replicasets",
    root: APPS,
    namespaced: true,
    minimal: { spec: { selector, template } },
    full: { spec: { replicas: 3, minReadySeconds: 5, selector, template: { ...template, spec: podSpec } } },
    change: { spec: { replicas: 2 } },
    status: { status: { replicas: 2, readyReplicas: 1 } },
    wrong: { spec: { replicas: -1 } },
  },
  {
    resource: "deployments",
    root: APPS,
    namespaced: true,
    minimal: { spec: { selector, template } },
    full: {
      spec: {
        replicas: 3,
        minReadySeconds: 5,
        revisionHistoryLimit: 2,
        progressDeadlineSeconds: 60,
        paused: true,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "30%", maxUnavailable: 0 } },
        selector,
        template: { ...template, spec: podSpec },
      },
    },
    change: { spec: { replicas: 2 } },
    status: { status: { observedGeneration: 1, replicas: 1, conditions: [] } },
    wrong: { spec: { strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } } },
  },
  {
    resource: "roles",
    root: RBAC,
    namespaced: true,
    minimal: {},
    full: { rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["p"] }] },
    change: { rules: [] },
    wrong: { rules: [{ verbs: [], apiGroups: [""], resources: ["pods"] }] },
  },
  {
    resource: "rolebindings",
    root: RBAC,
    namespaced: true,
    minimal: { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" } },
    full: {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [
        { kind: "User", name: "ada" },
        { kind: "ServiceAccount", name: "default", namespace: "{ns}" },
      ],
    },
    change: { subjects: [{ kind: "Group", name: "people" }] },
    wrong: { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "other" } },
  },
  {
    resource: "clusterroles",
    root: RBAC,
    namespaced: false,
    minimal: {},
    full: {
      rules: [{ verbs: ["get"], nonResourceURLs: ["/x"] }],
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { parity: "yes" } }] },
    },
    change: { rules: [] },
    wrong: { rules: [{ verbs: ["get"], nonResourceURLs: ["/x"], resources: ["pods"] }] },
  },
  {
    resource: "clusterrolebindings",
    root: RBAC,
    namespaced: false,
    minimal: { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "r" } },
    full: {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ kind: "User", name: "ada" }],
    },
    change: { subjects: [{ kind: "Group", name: "people" }] },
    wrong: { subjects: [{ kind: "Machine", name: "m" }] },
  },
  {
    resource: "namespaces",
    root: CORE,
    namespaced: false,
    minimal: {},
    full: { spec: { finalizers: ["kubernetes"] } },
    status: { status: { phase: "Active", conditions: [] } },
    wrong: { metadata: { labels: { "a b": "" } } },
  },
  {
    resource: "nodes",
    root: CORE,
    namespaced: false,
    minimal: {},
    full: { spec: { podCIDR: "10.244.9.0/24", providerID: "x://y", taints: [{ key: "k", effect: "NoSchedule" }] } },
    change: { spec: { unschedulable: true } },
    status: {
      status: { capacity: { cpu: "2", memory: "1Gi" }, addresses: [{ type: "InternalIP", address: "192.0.2.1" }] },
    },
    wrong: { spec: { taints: [{ key: "k", effect: "Never" }] } },
  },
  {
    resource: "priorityclasses",
    root: "/apis/scheduling.k8s.io/v1",
    namespaced: false,
    minimal: { value: 5 },
    full: { value: 7, description: "d", preemptionPolicy: "Never" },
    change: { description: "e" },
    wrong: { value: 6 },
  },
  {
    resource: "podtemplates",
    root: CORE,
    namespaced: true,
    minimal: { template },
    full: { template: { metadata: template.metadata, spec: podSpec } },
    change: { template: { metadata: { labels: { b: "c" } } } },
    wrong: { template: { spec: { restartPolicy: "Sometimes" } } },
  },
  {
    resource: "runtimeclasses",
    root: "/apis/node.k8s.io/v1",
    namespaced: false,
    minimal: { handler: "h" },
    full: {
      handler: "h",
      overhead: { podFixed: { cpu: "250m", memory: "120Mi" } },
      scheduling: { nodeSelector: { disk: "ssd" }, tolerations: [{ key: "k", operator: "Exists" }] },
    },
    change: { overhead: { podFixed: { cpu: "300m" } } },
    wrong: { handler: "other" },
  },
  {
    resource: "ingressclasses",
    root: "/apis/networking.k8s.io/v1",
    namespaced: false,
    minimal: { spec: { controller: "example.org/c" } },
    full: {
      spec: {
        controller: "example.org/c",
        parameters: { apiGroup: "example.org", kind: "K", name: "n", scope: "Namespace", namespace: "x" },
      },
    },
    change: { spec: { parameters: { kind: "K", name: "m" } } },
    wrong: { spec: { controller: "example.org/d" } },
  },
  {
    resource: "csidrivers",
    root: "/apis/storage.k8s.io/v1",
    namespaced: false,
    minimal: {},
    full: {
      spec: {
        attachRequired: false,
        podInfoOnMount: true,
        storageCapacity: true,
        fsGroupPolicy: "File",
        volumeLifecycleModes: ["Persistent", "Ephemeral"],
        tokenRequests: [{ audience: "a", expirationSeconds: 600 }],
        requiresRepublish: true,
        seLinuxMount: true,
        nodeAllocatableUpdatePeriodSeconds: 60,
        serviceAccountTokenInSecrets: true,
        preventPodSchedulingIfMissing: true,
      },
    },
    change: { spec: { podInfoOnMount: true } },
    wrong: { spec: { fsGroupPolicy: "Odd" } },
  },
  {
    resource: "csistoragecapacities",
    root: "/apis/storage.k8s.io/v1",
    namespaced: true,
    minimal: { storageClassName: "s" },
    full: { storageClassName: "s", capacity: "1Gi", maximumVolumeSize: "100Mi", nodeTopology: selector },
    change: { capacity: "2Gi" },
    wrong: { storageClassName: "t" },
  },
  {
    resource: "certificatesigningrequests",
    root: "/apis/certificates.k8s.io/v1",
    namespaced: false,
    minimal: { spec: { request, signerName: "example.org/s", usages: ["client auth"] } },
    full: {
      spec: {
        request,
        signerName: "example.org/s",
        usages: ["digital signature", "client auth"],
        expirationSeconds: 3600,
      },
    },
    status: { status: { conditions: [{ type: "Failed", status: "True", reason: "R", message: "m" }] } },
    wrong: { spec: { usages: ["client auth", "client auth"] } },
  },
];
