import { deep, FILLING_BYTES, short, type Json } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";

export const pods = "/api/v1/namespaces/default/pods";

export const container = (more: Json = {}): Json => ({ name: "a", image: "a", ...more });

const podOf = (spec: Json): Json => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {},
  spec: { containers: [container()], ...spec },
});

const term = (more: Json): Json => ({ topologyKey: "a", labelSelector: more });

export const pod: HostileKind = {
  url: pods,
  base: podOf({}),
  fields: {
    "empty containers": (filling) => podOf({ containers: filling.items(() => ({})) }),
    "valid containers": (filling) => podOf({ containers: filling.items((i) => container({ name: `a${short(i)}` })) }),
    "containers of one name": (filling) => podOf({ containers: filling.items(() => container()) }),
    "init containers": (filling) =>
      podOf({ initContainers: filling.items((i) => container({ name: `a${short(i)}` })) }),
    "environment variables": (filling) =>
      podOf({ containers: [container({ env: filling.items((i) => ({ name: short(i) })) })] }),
    "invalid environment variables": (filling) =>
      podOf({ containers: [container({ env: filling.items(() => ({ name: "=" })) })] }),
    "environment from config maps": (filling) =>
      podOf({ containers: [container({ envFrom: filling.items(() => ({ configMapRef: { name: "a" } })) })] }),
    "ports of one number": (filling) =>
      podOf({ containers: [container({ ports: filling.items(() => ({ containerPort: 1 })) })] }),
    "host ports": (filling) =>
      podOf({
        containers: [container({ ports: filling.items((i) => ({ containerPort: 1, hostPort: (i % 65000) + 1 })) })],
      }),
    "volume mounts": (filling) =>
      podOf({
        volumes: [{ name: "a", emptyDir: {} }],
        containers: [container({ volumeMounts: filling.items((i) => ({ name: "a", mountPath: `/${short(i)}` })) })],
      }),
    "mounts of volumes that do not exist": (filling) =>
      podOf({
        containers: [container({ volumeMounts: filling.items((i) => ({ name: "b", mountPath: `/${short(i)}` })) })],
      }),
    volumes: (filling) => podOf({ volumes: filling.items((i) => ({ name: `a${short(i)}`, emptyDir: {} })) }),
    "volumes without a source": (filling) => podOf({ volumes: filling.items(() => ({ name: "a" })) }),
    "projected sources": (filling) =>
      podOf({ volumes: [{ name: "a", projected: { sources: filling.items(() => ({})) } }] }),
    "projected paths": (filling) =>
      podOf({
        volumes: [
          {
            name: "a",
            projected: {
              sources: filling.items((i) => ({ secret: { name: "a", items: [{ key: "k", path: short(i) }] } })),
            },
          },
        ],
      }),
    "items of a config map": (filling) =>
      podOf({
        volumes: [{ name: "a", configMap: { name: "b", items: filling.items((i) => ({ key: "a", path: short(i) })) } }],
      }),
    "topology spread constraints": (filling) =>
      podOf({
        topologySpreadConstraints: filling.items((i) => ({
          maxSkew: 1,
          topologyKey: short(i),
          whenUnsatisfiable: "DoNotSchedule",
        })),
      }),
    "empty topology spread constraints": (filling) => podOf({ topologySpreadConstraints: filling.items(() => ({})) }),
    "match label keys": (filling) =>
      podOf({
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "a",
            whenUnsatisfiable: "DoNotSchedule",
            labelSelector: {
              matchExpressions: filling.items((i) => ({ key: `a${short(i)}`, operator: "Exists" }), 1 / 2),
            },
            matchLabelKeys: filling.items((i) => `a${short(i)}`, 1 / 2),
          },
        ],
      }),
    "match label keys of an affinity": (filling) =>
      podOf({
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              {
                ...term({
                  matchExpressions: filling.items((i) => ({ key: `a${short(i)}`, operator: "Exists" }), 1 / 2),
                }),
                matchLabelKeys: filling.items((i) => `a${short(i)}`, 1 / 4),
                mismatchLabelKeys: filling.items((i) => `a${short(i)}`, 1 / 4),
              },
            ],
          },
        },
      }),
    tolerations: (filling) => podOf({ tolerations: filling.items(() => ({ operator: "Exists" })) }),
    "invalid tolerations": (filling) => podOf({ tolerations: filling.items(() => ({})) }),
    "readiness gates": (filling) => podOf({ readinessGates: filling.items(() => ({})) }),
    "scheduling gates": (filling) => podOf({ schedulingGates: filling.items((i) => ({ name: short(i) })) }),
    "host aliases": (filling) => podOf({ hostAliases: filling.items(() => ({ ip: "1.1.1.1", hostnames: ["-"] })) }),
    "pull secrets": (filling) => podOf({ imagePullSecrets: filling.items(() => ({})) }),
    "pull secrets' names": (filling) => podOf({ imagePullSecrets: filling.items(() => ({ name: "a" })) }),
    "host names of an alias": (filling) =>
      podOf({ hostAliases: [{ ip: "1.1.1.1", hostnames: filling.items(() => "-") }] }),
    "supplemental groups": (filling) => podOf({ securityContext: { supplementalGroups: filling.items(() => 1) } }),
    sysctls: (filling) =>
      podOf({ securityContext: { sysctls: filling.items((i) => ({ name: `kernel.${short(i)}`, value: "" })) } }),
    "search domains": (filling) => podOf({ dnsConfig: { searches: filling.items(() => "a") } }),
    "node selector terms": (filling) =>
      podOf({
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: filling.items(() => ({ matchFields: [{}] })),
            },
          },
        },
      }),
    "long quantity": () =>
      podOf({ containers: [container({ resources: { requests: { cpu: "1".repeat(FILLING_BYTES) } } })] }),
    "long fraction": () =>
      podOf({ containers: [container({ resources: { requests: { cpu: `0.${"1".repeat(FILLING_BYTES)}` } } })] }),
    "long quantities": (filling) =>
      podOf({
        containers: [container({ resources: { requests: filling.map((i) => `a.b/${short(i)}`, "9".repeat(2000)) } })],
      }),
    quantities: (filling) =>
      podOf({ containers: [container({ resources: { limits: filling.map((i) => `a.b/${short(i)}`, "1e999") } })] }),
    "command of surrogates": () =>
      podOf({ containers: [container({ command: ["\u{1f600}".repeat(FILLING_BYTES / 4)] })] }),
    arguments: (filling) => podOf({ containers: [container({ args: filling.items(() => "") })] }),
    "resource claims": (filling) =>
      podOf({ resourceClaims: filling.items((i) => ({ name: `a${short(i)}`, resourceClaimName: "b" })) }),
    "claims of a container": (filling) =>
      podOf({ containers: [container({ resources: { claims: filling.items((i) => ({ name: `a${short(i)}` })) } })] }),
    "declared claims of a container": (filling) =>
      podOf({
        resourceClaims: filling.items((i) => ({ name: `a${short(i)}`, resourceClaimName: "b" }), 2 / 3),
        containers: [container({ resources: { claims: filling.items((i) => ({ name: `a${short(i)}` }), 1 / 4) } })],
      }),
    "claims that are not among many": (filling) =>
      podOf({
        resourceClaims: filling.items((i) => ({ name: `a${short(i)}`, resourceClaimName: "b" }), 2 / 3),
        containers: [container({ resources: { claims: filling.items((i) => ({ name: `b${short(i)}` }), 1 / 4) } })],
      }),
    "a resource of its own for each container": (filling) =>
      podOf({
        containers: filling.items((i) =>
          container({ name: `a${short(i)}`, resources: { limits: { [`a.b/${short(i)}`]: "1" } } }),
        ),
      }),
    "a resource of its own for each init container": (filling) =>
      podOf({
        initContainers: filling.items((i) =>
          container({
            name: `a${short(i)}`,
            restartPolicy: "Always",
            resources: { limits: { [`a.b/${short(i)}`]: "1" } },
          }),
        ),
      }),
    "image pull name": () => podOf({ containers: [container({ image: "a/".repeat(FILLING_BYTES / 2) })] }),
    "path of dots": () =>
      podOf({ containers: [container({ volumeMounts: [{ name: "a", mountPath: "../".repeat(FILLING_BYTES / 3) }] })] }),
    "HTTP headers of a probe": (filling) =>
      podOf({
        containers: [
          container({
            livenessProbe: { httpGet: { port: 1, httpHeaders: filling.items(() => ({ name: "", value: "" })) } },
          }),
        ],
      }),
    "unknown fields": (filling) => podOf(filling.map(short, 0)),
    "unknown deep arrays": () => podOf({ unknown: deep(900) }),
    "empty arrays": (filling) => podOf({ unknown: filling.items(() => []) }),
    "pod conditions": (filling) => ({ ...podOf({}), status: { conditions: filling.items(() => ({})) } }),
    "container statuses": (filling) => ({ ...podOf({}), status: { containerStatuses: filling.items(() => ({})) } }),
    "pod addresses": (filling) => ({ ...podOf({}), status: { podIPs: filling.items(() => ({ ip: "1" })) } }),
  },
};
