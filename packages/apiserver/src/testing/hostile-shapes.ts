import type { RawRequest } from "./test-server.ts";

/** As large as a body may be, with room for what is around the filling. */
export const FILLING_BYTES = 3 * 1024 * 1024 - 4096;

export type Json = Record<string, unknown>;

/** A request that is made to cost its reader more than its sender. */
export interface HostileShape {
  readonly name: string;
  /** Made when it is asked for: each is megabytes long. */
  readonly request: () => RawRequest;
}

let fillingBytes = FILLING_BYTES;

/** The shape's request with as much filling, where that consists of items. */
function requestOf({ request }: HostileShape, bytes: number): RawRequest {
  fillingBytes = bytes;
  try {
    return request();
  } finally {
    fillingBytes = FILLING_BYTES;
  }
}

/**
 * Sends the shape with half as much filling each time, until it is no longer refused for its number of values: that is the
 * worst that it can do.
 */
export async function sendWorst<T extends { readonly status: number }>(
  shape: HostileShape,
  send: (request: RawRequest) => Promise<T>,
): Promise<T> {
  for (let bytes = FILLING_BYTES; ; bytes /= 2) {
    const answer = await send(asTrial(requestOf(shape, bytes)));
    if (answer.status !== 413 || bytes < LEAST_FILLING_BYTES) return answer;
  }
}

const LEAST_FILLING_BYTES = 50_000;

/** As many items as a body holds. */
export function fill(item: (i: number) => unknown, bytes = fillingBytes): unknown[] {
  const items: unknown[] = [];
  for (let left = bytes; ;) {
    const next = item(items.length);
    left -= JSON.stringify(next).length + 1;
    if (left < 0) return items;
    items.push(next);
  }
}

export function fillMap(key: (i: number) => string, value: unknown, bytes = fillingBytes): Json {
  const each = JSON.stringify(value).length + 4;
  const map: Json = {};
  for (let left = bytes, i = 0; ; i++) {
    const name = key(i);
    left -= name.length + each;
    if (left < 0) return map;
    map[name] = value;
  }
}

export const short = (i: number): string => i.toString(36);

/** Metadata that any kind may be sent with. */
const METADATA: Readonly<Record<string, () => Json>> = {
  "controller owner references": () => ({
    ownerReferences: fill((i) => ({ apiVersion: "v1", kind: "A", name: short(i), uid: short(i), controller: true })),
  }),
  "empty owner references": () => ({ ownerReferences: fill(() => ({})) }),
  "invalid labels": () => ({ labels: fillMap((i) => `-${short(i)}-`, "-") }),
  "valid labels": () => ({ labels: fillMap((i) => `a${short(i)}`, "b") }),
  "one long label": () => ({ labels: { [`a${"-".repeat(FILLING_BYTES)}`]: "b" } }),
  "label of a long prefix": () => ({ labels: { [`${"a.".repeat(FILLING_BYTES / 2)}/b`]: "b" } }),
  "invalid annotations": () => ({ annotations: fillMap((i) => `-${short(i)}`, "") }),
  "one annotation": () => ({ annotations: { a: "x".repeat(FILLING_BYTES) } }),
  "annotation of surrogates": () => ({ annotations: { a: "\u{1f600}".repeat(FILLING_BYTES / 4) } }),
  "finalizers that are none": () => ({ finalizers: fill(() => "") }),
  "valid finalizers": () => ({ finalizers: fill((i) => `a.b/${short(i)}`) }),
  "long name": () => ({ name: "a.".repeat(FILLING_BYTES / 2) }),
  "long generateName": () => ({ name: undefined, generateName: "a-".repeat(FILLING_BYTES / 2) }),
  "managed fields' entries": () => ({ managedFields: fill(() => ({})) }),
  "managed fields of many managers": () => ({
    managedFields: fill((i) => ({
      manager: short(i),
      operation: "Update",
      apiVersion: "v1",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:metadata": {} },
    })),
  }),
  "one wide managed field": () => ({
    managedFields: [
      {
        manager: "a",
        operation: "Update",
        apiVersion: "v1",
        fieldsType: "FieldsV1",
        fieldsV1: fillMap((i) => `f:${short(i)}`, {}),
      },
    ],
  }),
  "a manager of unprintable characters": () => ({
    managedFields: [{ manager: "\u200b".repeat(FILLING_BYTES / 3), operation: "Update" }],
  }),
  "keys of managed fields": () => ({
    managedFields: [
      {
        manager: "a",
        operation: "Apply",
        apiVersion: "v1",
        fieldsType: "FieldsV1",
        fieldsV1: fillMap((i) => `k:{"name":"${short(i)}"}`, {}),
      },
    ],
  }),
};

interface HostileKind {
  readonly url: string;
  readonly base: Json;
}

const IMAGE = "a";
const container = (more: Json = {}): Json => ({ name: "a", image: IMAGE, ...more });
const podOf = (spec: Json): Json => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {},
  spec: { containers: [container()], ...spec },
});
export const pods = "/api/v1/namespaces/default/pods";

export const HOSTILE_KINDS: Readonly<Record<string, HostileKind>> = {
  Pod: { url: pods, base: podOf({}) },
  ConfigMap: { url: "/api/v1/namespaces/default/configmaps", base: { apiVersion: "v1", kind: "ConfigMap" } },
  Deployment: {
    url: "/apis/apps/v1/namespaces/default/deployments",
    base: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers: [container()] } },
      },
    },
  },
  ClusterRole: {
    url: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    base: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", rules: [] },
  },
  Node: { url: "/api/v1/nodes", base: { apiVersion: "v1", kind: "Node" } },
  Event: {
    url: "/api/v1/namespaces/default/events",
    base: { apiVersion: "v1", kind: "Event", involvedObject: { namespace: "default" } },
  },
  EndpointSlice: {
    url: "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
    base: { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4", endpoints: [] },
  },
  Service: {
    url: "/api/v1/namespaces/default/services",
    base: { apiVersion: "v1", kind: "Service", spec: { ports: [{ port: 80 }] } },
  },
  CertificateSigningRequest: {
    url: "/apis/certificates.k8s.io/v1/certificatesigningrequests",
    base: {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      spec: { request: "", signerName: "a.b/c", usages: ["client auth"] },
    },
  },
  ServiceAccount: {
    url: "/api/v1/namespaces/default/serviceaccounts",
    base: { apiVersion: "v1", kind: "ServiceAccount" },
  },
  Lease: {
    url: "/apis/coordination.k8s.io/v1/namespaces/default/leases",
    base: { apiVersion: "coordination.k8s.io/v1", kind: "Lease", spec: {} },
  },
  Namespace: { url: "/api/v1/namespaces", base: { apiVersion: "v1", kind: "Namespace" } },
};

const term = (more: Json): Json => ({ topologyKey: "a", labelSelector: more });
export const LONG = FILLING_BYTES / 2;

/** What hurts one kind in particular: the fields that are put over those of the base. */
const OF_KIND: Readonly<Record<string, Readonly<Record<string, () => Json>>>> = {
  Pod: {
    "empty containers": () => podOf({ containers: fill(() => ({})) }),
    "valid containers": () => podOf({ containers: fill((i) => container({ name: `a${short(i)}` })) }),
    "containers of one name": () => podOf({ containers: fill(() => container()) }),
    "init containers": () => podOf({ initContainers: fill((i) => container({ name: `a${short(i)}` })) }),
    "environment variables": () => podOf({ containers: [container({ env: fill((i) => ({ name: short(i) })) })] }),
    "invalid environment variables": () => podOf({ containers: [container({ env: fill(() => ({ name: "=" })) })] }),
    "environment from config maps": () =>
      podOf({ containers: [container({ envFrom: fill(() => ({ configMapRef: { name: "a" } })) })] }),
    "ports of one number": () => podOf({ containers: [container({ ports: fill(() => ({ containerPort: 1 })) })] }),
    "host ports": () =>
      podOf({ containers: [container({ ports: fill((i) => ({ containerPort: 1, hostPort: (i % 65000) + 1 })) })] }),
    "volume mounts": () =>
      podOf({
        volumes: [{ name: "a", emptyDir: {} }],
        containers: [container({ volumeMounts: fill((i) => ({ name: "a", mountPath: `/${short(i)}` })) })],
      }),
    "mounts of volumes that do not exist": () =>
      podOf({ containers: [container({ volumeMounts: fill((i) => ({ name: "b", mountPath: `/${short(i)}` })) })] }),
    volumes: () => podOf({ volumes: fill((i) => ({ name: `a${short(i)}`, emptyDir: {} })) }),
    "volumes without a source": () => podOf({ volumes: fill(() => ({ name: "a" })) }),
    "projected sources": () => podOf({ volumes: [{ name: "a", projected: { sources: fill(() => ({})) } }] }),
    "projected paths": () =>
      podOf({
        volumes: [
          {
            name: "a",
            projected: { sources: fill((i) => ({ secret: { name: "a", items: [{ key: "k", path: short(i) }] } })) },
          },
        ],
      }),
    "items of a config map": () =>
      podOf({ volumes: [{ name: "a", configMap: { name: "b", items: fill((i) => ({ key: "a", path: short(i) })) } }] }),
    "topology spread constraints": () =>
      podOf({
        topologySpreadConstraints: fill((i) => ({
          maxSkew: 1,
          topologyKey: short(i),
          whenUnsatisfiable: "DoNotSchedule",
        })),
      }),
    "empty topology spread constraints": () => podOf({ topologySpreadConstraints: fill(() => ({})) }),
    "match label keys": () =>
      podOf({
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "a",
            whenUnsatisfiable: "DoNotSchedule",
            labelSelector: {
              matchExpressions: fill((i) => ({ key: `a${short(i)}`, operator: "Exists" }), LONG),
            },
            matchLabelKeys: fill((i) => `a${short(i)}`, LONG),
          },
        ],
      }),
    "match label keys of an affinity": () =>
      podOf({
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              {
                ...term({ matchExpressions: fill((i) => ({ key: `a${short(i)}`, operator: "Exists" }), LONG) }),
                matchLabelKeys: fill((i) => `a${short(i)}`, LONG / 2),
                mismatchLabelKeys: fill((i) => `a${short(i)}`, LONG / 2),
              },
            ],
          },
        },
      }),
    tolerations: () => podOf({ tolerations: fill(() => ({ operator: "Exists" })) }),
    "invalid tolerations": () => podOf({ tolerations: fill(() => ({})) }),
    "readiness gates": () => podOf({ readinessGates: fill(() => ({})) }),
    "scheduling gates": () => podOf({ schedulingGates: fill((i) => ({ name: short(i) })) }),
    "host aliases": () => podOf({ hostAliases: fill(() => ({ ip: "1.1.1.1", hostnames: ["-"] })) }),
    "pull secrets": () => podOf({ imagePullSecrets: fill(() => ({})) }),
    "pull secrets' names": () => podOf({ imagePullSecrets: fill(() => ({ name: "a" })) }),
    "host names of an alias": () => podOf({ hostAliases: [{ ip: "1.1.1.1", hostnames: fill(() => "-") }] }),
    "supplemental groups": () => podOf({ securityContext: { supplementalGroups: fill(() => 1) } }),
    sysctls: () => podOf({ securityContext: { sysctls: fill((i) => ({ name: `kernel.${short(i)}`, value: "" })) } }),
    "search domains": () => podOf({ dnsConfig: { searches: fill(() => "a") } }),
    "node selector terms": () =>
      podOf({
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: fill(() => ({ matchFields: [{}] })),
            },
          },
        },
      }),
    "long quantity": () =>
      podOf({ containers: [container({ resources: { requests: { cpu: "1".repeat(FILLING_BYTES) } } })] }),
    "long fraction": () =>
      podOf({ containers: [container({ resources: { requests: { cpu: `0.${"1".repeat(FILLING_BYTES)}` } } })] }),
    "long quantities": () =>
      podOf({
        containers: [container({ resources: { requests: fillMap((i) => `a.b/${short(i)}`, "9".repeat(2000)) } })],
      }),
    quantities: () =>
      podOf({ containers: [container({ resources: { limits: fillMap((i) => `a.b/${short(i)}`, "1e999") } })] }),
    "command of surrogates": () =>
      podOf({ containers: [container({ command: ["\u{1f600}".repeat(FILLING_BYTES / 4)] })] }),
    arguments: () => podOf({ containers: [container({ args: fill(() => "") })] }),
    "resource claims": () => podOf({ resourceClaims: fill((i) => ({ name: `a${short(i)}`, resourceClaimName: "b" })) }),
    "claims of a container": () =>
      podOf({ containers: [container({ resources: { claims: fill((i) => ({ name: `a${short(i)}` })) } })] }),
    "image pull name": () => podOf({ containers: [container({ image: "a/".repeat(FILLING_BYTES / 2) })] }),
    "path of dots": () =>
      podOf({ containers: [container({ volumeMounts: [{ name: "a", mountPath: "../".repeat(FILLING_BYTES / 3) }] })] }),
    "HTTP headers of a probe": () =>
      podOf({
        containers: [
          container({ livenessProbe: { httpGet: { port: 1, httpHeaders: fill(() => ({ name: "", value: "" })) } } }),
        ],
      }),
    "unknown fields": () => podOf(fillMap(short, 0)),
    "unknown deep arrays": () => podOf({ unknown: deep(900) }),
    "empty arrays": () => podOf({ unknown: fill(() => []) }),
    "pod conditions": () => ({ ...podOf({}), status: { conditions: fill(() => ({})) } }),
    "container statuses": () => ({ ...podOf({}), status: { containerStatuses: fill(() => ({})) } }),
    "pod addresses": () => ({ ...podOf({}), status: { podIPs: fill(() => ({ ip: "1" })) } }),
  },
  ConfigMap: {
    "wide data": () => ({ data: fillMap((i) => `a${short(i)}`, "") }),
    "invalid keys": () => ({ data: fillMap((i) => `/${short(i)}`, "") }),
    "data in both": () => ({
      data: fillMap((i) => `a${short(i)}`, "", LONG),
      binaryData: fillMap((i) => `a${short(i)}`, "", LONG),
    }),
    "one long value": () => ({ data: { a: "x".repeat(FILLING_BYTES) } }),
    "one long binary value": () => ({ binaryData: { a: "AAAA".repeat(FILLING_BYTES / 4) } }),
    "values of the wrong type": () => ({ data: fillMap((i) => `a${short(i)}`, 1) }),
    "deep objects": () => ({ data: deep(9000) }),
  },
  Deployment: {
    "match expressions": () => ({ spec: { selector: { matchExpressions: fill(() => ({})) } } }),
    "values of a match expression": () => ({
      spec: { selector: { matchExpressions: [{ key: "a", operator: "In", values: fill(() => "-") }] } },
    }),
    "wide selector": () => ({
      spec: {
        selector: { matchLabels: fillMap((i) => `a${short(i)}`, "b", LONG) },
        template: {
          metadata: { labels: fillMap((i) => `a${short(i)}`, "b", LONG) },
          spec: { containers: [container()] },
        },
      },
    }),
    "empty containers of a template": () => ({
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers: fill(() => ({})) } },
      },
    }),
  },
  ClusterRole: {
    "empty rules": () => ({ rules: fill(() => ({})) }),
    rules: () => ({ rules: fill((i) => ({ verbs: ["get"], apiGroups: [""], resources: [short(i)] })) }),
    "wide rule": () => ({
      rules: [
        {
          verbs: fill((i) => short(i), LONG / 2),
          apiGroups: fill((i) => short(i), LONG / 2),
          resources: fill((i) => short(i), LONG / 2),
        },
      ],
    }),
    "wide rule with names": () => ({
      rules: [
        {
          verbs: fill(short, LONG / 2),
          apiGroups: [""],
          resources: fill(short, LONG / 2),
          resourceNames: fill(short, LONG / 2),
        },
      ],
    }),
    URLs: () => ({ rules: [{ verbs: ["get"], nonResourceURLs: fill((i) => `/${short(i)}*`) }] }),
    "selectors of an aggregation": () => ({ aggregationRule: { clusterRoleSelectors: fill(() => ({})) } }),
  },
  Node: {
    taints: () => ({ spec: { taints: fill((i) => ({ key: short(i), effect: "NoSchedule" })) } }),
    "invalid taints": () => ({ spec: { taints: fill(() => ({})) } }),
    "pod ranges": () => ({
      spec: { podCIDR: "10.0.0.0/24", podCIDRs: fill((i) => `10.${i % 256}.${(i >> 8) % 256}.0/24`) },
    }),
    images: () => ({ status: { images: fill(() => ({ names: ["a"] })) } }),
    addresses: () => ({ status: { addresses: fill((i) => ({ type: "A", address: short(i) })) } }),
    capacity: () => ({ status: { capacity: fillMap((i) => `a.b/${short(i)}`, "1") } }),
  },
  Event: {
    "long message": () => ({ message: "x".repeat(FILLING_BYTES) }),
    "long note": () => ({ reason: "\u{1f600}".repeat(FILLING_BYTES / 4) }),
  },
  EndpointSlice: {
    endpoints: () => ({ endpoints: fill((i) => ({ addresses: [`10.0.${(i >> 8) % 256}.${i % 256}`] })) }),
    "empty endpoints": () => ({ endpoints: fill(() => ({})) }),
    "addresses of an endpoint": () => ({ endpoints: [{ addresses: fill(() => "a") }] }),
    ports: () => ({ ports: fill((i) => ({ name: short(i), port: 1 })) }),
    "hints of an endpoint": () => ({
      endpoints: [{ addresses: ["10.0.0.1"], hints: { forZones: fill((i) => ({ name: short(i) })) } }],
    }),
    "topology of an endpoint": () => ({
      endpoints: [{ addresses: ["10.0.0.1"], deprecatedTopology: fillMap((i) => `a${short(i)}`, "b") }],
    }),
  },
  Service: {
    ports: () => ({ spec: { ports: fill((i) => ({ name: `a${short(i)}`, port: (i % 65000) + 1 })) } }),
    "ports of one number": () => ({ spec: { ports: fill(() => ({ port: 1 })) } }),
    "node ports": () => ({
      spec: { type: "NodePort", ports: fill((i) => ({ name: `a${short(i)}`, port: i + 1, nodePort: 30001 })) },
    }),
    "external addresses": () => ({ spec: { ports: [{ port: 80 }], externalIPs: fill(() => "a") } }),
    "source ranges": () => ({
      spec: { type: "LoadBalancer", ports: [{ port: 80 }], loadBalancerSourceRanges: fill(() => "a") },
    }),
    "cluster addresses": () => ({ spec: { ports: [{ port: 80 }], clusterIPs: fill((i) => `10.96.0.${i}`) } }),
    families: () => ({ spec: { ports: [{ port: 80 }], ipFamilies: fill(() => "IPv4") } }),
    selector: () => ({ spec: { ports: [{ port: 80 }], selector: fillMap((i) => `a${short(i)}`, "b") } }),
    "ingress of a status": () => ({ status: { loadBalancer: { ingress: fill(() => ({})) } } }),
  },
  CertificateSigningRequest: {
    usages: () => ({ spec: { request: "", signerName: "a.b/c", usages: fill((i) => short(i)) } }),
    "a long request": () => ({ spec: { request: "AAAA".repeat(FILLING_BYTES / 4), signerName: "a.b/c", usages: [] } }),
    "a request of dashes": () => ({
      spec: { request: Buffer.from("-----BEGIN ".repeat(FILLING_BYTES / 16)).toString("base64"), signerName: "a.b/c" },
    }),
    "long signer": () => ({ spec: { request: "", signerName: "a.".repeat(FILLING_BYTES / 2), usages: [] } }),
    conditions: () => ({ status: { conditions: fill((i) => ({ type: short(i) })) } }),
  },
  ServiceAccount: {
    secrets: () => ({ secrets: fill((i) => ({ name: short(i) })) }),
    "empty secrets": () => ({ secrets: fill(() => ({})) }),
  },
  Lease: { "long holder": () => ({ spec: { holderIdentity: "a".repeat(FILLING_BYTES) } }) },
  Namespace: { finalizers: () => ({ spec: { finalizers: fill(short) } }) },
};

export function deep(levels: number): unknown {
  let value: unknown = {};
  for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { a: value };
  return value;
}

export const text = (value: unknown): Pick<RawRequest, "text"> => ({ text: JSON.stringify(value) });

export const PATCHES = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

/** The verbs by which an object of the name "target", which exists, is written. */
const WRITES: Readonly<Record<string, (kind: HostileKind, object: Json) => RawRequest>> = {
  create: ({ url }, object) => ({ method: "POST", url, ...text(object) }),
  update: ({ url }, object) => ({ method: "PUT", url: `${url}/target`, ...text(object) }),
  ...Object.fromEntries(
    Object.entries(PATCHES).map(([name, type]) => [
      `${name} patch`,
      ({ url }: HostileKind, object: Json): RawRequest => ({
        method: "PATCH",
        url: `${url}/target${name === "apply" ? "?fieldManager=a&force=true" : ""}`,
        headers: { "content-type": type },
        ...text(
          name === "json"
            ? Object.keys(object).map((key) => ({ op: "add", path: `/${key}`, value: object[key] }))
            : object,
        ),
      }),
    ]),
  ),
};

function* written(kindName: string, verb: string): Generator<HostileShape> {
  const kind = HOSTILE_KINDS[kindName]!;
  const write = WRITES[verb]!;
  const name = verb === "create" ? "new" : "target";
  for (const [what, metadata] of Object.entries(METADATA))
    yield {
      name: `${verb} of a ${kindName} with ${what}`,
      request: () => write(kind, { ...kind.base, metadata: { name, ...metadata() } }),
    };
  for (const [what, fields] of Object.entries(OF_KIND[kindName] ?? {}))
    yield {
      name: `${verb} of a ${kindName} with ${what}`,
      request: () => write(kind, { ...kind.base, ...fields(), metadata: { name } }),
    };
}

/** Every shape in every verb and kind; made one by one, as each is megabytes long. */
export function* hostileWrites(
  kinds: Iterable<string> = Object.keys(HOSTILE_KINDS),
  verbs: Iterable<string> = Object.keys(WRITES),
): Generator<HostileShape> {
  for (const kind of kinds) for (const verb of verbs) yield* written(kind, verb);
}

/** The same as a trial, so that the next shape meets what this one met. */
function asTrial(request: RawRequest): RawRequest {
  if ((request.method ?? "GET") === "GET") return request;
  return { ...request, url: `${request.url}${request.url.includes("?") ? "&" : "?"}dryRun=All` };
}
