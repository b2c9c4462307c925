import { COREDNS_IMAGE } from "../images.ts";

const NAME = "coredns";
const METADATA = { name: NAME, namespace: "kube-system" };
const LABELS = { "k8s-app": "kube-dns" };
const RBAC = "rbac.authorization.k8s.io";
const COREFILE = `.:53 {
  errors
  health
  ready
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    pods insecure
  }
  cache 30
  reload
}
`;

/** Cluster DNS as one List for kubectl. */
export function corednsObjects(address: string): object {
  const read = (group: string, resources: readonly string[]) => ({
    apiGroups: [group],
    resources,
    verbs: ["list", "watch"],
  });
  const rules = [read("", ["services", "pods", "namespaces"]), read("discovery.k8s.io", ["endpointslices"])];
  const roleRef = { apiGroup: RBAC, kind: "ClusterRole", name: NAME };
  const subjects = [{ kind: "ServiceAccount", ...METADATA }];
  const ports = [
    { name: "dns", port: 53, protocol: "UDP" },
    { name: "dns-tcp", port: 53, protocol: "TCP" },
  ];
  const items = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: METADATA },
    { apiVersion: `${RBAC}/v1`, kind: "ClusterRole", metadata: { name: NAME }, rules },
    { apiVersion: `${RBAC}/v1`, kind: "ClusterRoleBinding", metadata: { name: NAME }, roleRef, subjects },
    { apiVersion: "v1", kind: "ConfigMap", metadata: METADATA, data: { Corefile: COREFILE } },
    deployment(),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...METADATA, name: "kube-dns", labels: LABELS },
      spec: { clusterIP: address, selector: LABELS, ports },
    },
  ];
  return { apiVersion: "v1", kind: "List", items };
}

function deployment(): object {
  const container = {
    name: NAME,
    image: COREDNS_IMAGE,
    args: ["-conf", "/etc/coredns/Corefile"],
    resources: { requests: { cpu: "50m", memory: "70Mi" } },
    ports: [
      { name: "dns", containerPort: 53, protocol: "UDP" },
      { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
    ],
    readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 2 },
    volumeMounts: [{ name: "config", mountPath: "/etc/coredns" }],
  };
  const spec = {
    serviceAccountName: NAME,
    priorityClassName: "system-cluster-critical",
    dnsPolicy: "Default",
    containers: [container],
    volumes: [{ name: "config", configMap: { name: NAME } }],
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { ...METADATA, labels: LABELS },
    spec: { selector: { matchLabels: LABELS }, template: { metadata: { labels: LABELS }, spec } },
  };
}
