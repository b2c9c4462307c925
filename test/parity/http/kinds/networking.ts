import type { KindExample } from "../kind-example.ts";

const NETWORKING = "/apis/networking.k8s.io/v1";

export const NETWORKING_KINDS: readonly KindExample[] = [
  {
    kind: "IngressClass",
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
    resource: "servicecidrs",
    kind: "ServiceCIDR",
    root: NETWORKING,
    namespaced: false,
    minimal: { spec: { cidrs: ["10.7.0.0/24"] } },
    full: { spec: { cidrs: ["10.8.0.0/24", "2001:db8:8::/64"] } },
    change: { spec: { cidrs: ["10.7.0.0/24", "2001:db8:7::/64"] } },
    status: {
      status: {
        conditions: [
          { type: "Ready", status: "True", reason: "R", message: "m", lastTransitionTime: "2020-01-01T00:00:00Z" },
        ],
      },
    },
    wrong: { spec: { cidrs: ["10.9.0.0/24"] } },
  },
  {
    resource: "networkpolicies",
    kind: "NetworkPolicy",
    root: NETWORKING,
    namespaced: true,
    minimal: { spec: { podSelector: {} } },
    full: {
      spec: {
        podSelector: { matchLabels: { app: "a" }, matchExpressions: [{ key: "tier", operator: "In", values: ["x"] }] },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          {
            ports: [
              { protocol: "UDP", port: "dns" },
              { protocol: "TCP", port: 1000, endPort: 2000 },
            ],
            from: [{ podSelector: { matchLabels: { a: "b" } }, namespaceSelector: {} }],
          },
        ],
        egress: [{ ports: [{ port: 80 }], to: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }] }],
      },
    },
    change: { spec: { podSelector: { matchLabels: { app: "b" } } } },
    wrong: { spec: { policyTypes: ["Odd"] } },
  },
  {
    resource: "ingresses",
    kind: "Ingress",
    root: NETWORKING,
    namespaced: true,
    minimal: { spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } } },
    full: {
      spec: {
        ingressClassName: "nginx",
        defaultBackend: { resource: { apiGroup: "example.org", kind: "Bucket", name: "b" } },
        tls: [{ hosts: ["a.example.org", "*.example.org"], secretName: "s" }],
        rules: [
          {
            host: "a.example.org",
            http: {
              paths: [
                { path: "/a", pathType: "Exact", backend: { service: { name: "s", port: { name: "http" } } } },
                { path: "/b", pathType: "Prefix", backend: { service: { name: "s", port: { number: 8080 } } } },
              ],
            },
          },
        ],
      },
    },
    change: { spec: { ingressClassName: "other" } },
    status: { status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }, { hostname: "lb.example.org" }] } } },
    wrong: { spec: { ingressClassName: "Bad Name" } },
  },
];
