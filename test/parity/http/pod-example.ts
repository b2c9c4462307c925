export const selector = { matchLabels: { app: "a" } };
export const template = {
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

export const podSpec = {
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
