const template = {
  metadata: { labels: { app: "extra" } },
  spec: { containers: [{ name: "main", image: "localhost/dingi/example:1" }] },
};
const selector = { matchLabels: { app: "extra" } };
const job = { template: { spec: { ...template.spec, restartPolicy: "Never" } } };

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: object;
  readonly spec: object;
}

/** What charts in the wild are made of besides Deployments, Services and what is read by them. */
export const WIDESPREAD: readonly Manifest[] = [
  { apiVersion: "batch/v1", kind: "Job", spec: job },
  { apiVersion: "batch/v1", kind: "CronJob", spec: { schedule: "@daily", jobTemplate: { spec: job } } },
  { apiVersion: "apps/v1", kind: "StatefulSet", spec: { serviceName: "extra", selector, template } },
  { apiVersion: "apps/v1", kind: "DaemonSet", spec: { selector, template } },
  {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    spec: { defaultBackend: { service: { name: "web", port: { number: 80 } } } },
  },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", spec: { podSelector: {} } },
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget", spec: { minAvailable: 1, selector } },
  {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
  },
  {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { kind: "Thing", plural: "things", singular: "thing" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  },
];
