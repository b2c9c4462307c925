import type { RawRequest } from "./test-server.ts";

/** As large as a body may be, with room for what is around the filling. */
const FILLING_BYTES = 3 * 1024 * 1024 - 4096;

type Json = Record<string, unknown>;

/** A request that is made to cost its reader more than its sender. */
export interface HostileShape {
  readonly name: string;
  /** Made when it is asked for: each is megabytes long. */
  readonly request: () => RawRequest;
}

/** As many items as a body holds. */
function fill(item: (i: number) => unknown, bytes = FILLING_BYTES): unknown[] {
  const items: unknown[] = [];
  for (let left = bytes; ;) {
    const next = item(items.length);
    left -= JSON.stringify(next).length + 1;
    if (left < 0) return items;
    items.push(next);
  }
}

function fillMap(key: (i: number) => string, value: unknown, bytes = FILLING_BYTES): Json {
  const each = JSON.stringify(value).length + 4;
  const map: Json = {};
  for (let left = bytes, i = 0; ; i++) {
    const name = key(i);
    left -= name.length + each;
    if (left < 0) return map;
    map[name] = value;
  }
}

const short = (i: number): string => i.toString(36);

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
const pods = "/api/v1/namespaces/default/pods";

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
const LONG = FILLING_BYTES / 2;

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

function deep(levels: number): unknown {
  let value: unknown = {};
  for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { a: value };
  return value;
}

const text = (value: unknown): Pick<RawRequest, "text"> => ({ text: JSON.stringify(value) });

const PATCHES = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

/** The verbs by which an object of the name "target", which exists, is written. */
export const WRITES: Readonly<Record<string, (kind: HostileKind, object: Json) => RawRequest>> = {
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

const raw = (name: string, request: () => RawRequest): HostileShape => ({ name, request });

const configMaps = HOSTILE_KINDS["ConfigMap"]!.url;
const patchOf = (operations: unknown): RawRequest => ({
  method: "PATCH",
  url: `${configMaps}/target`,
  headers: { "content-type": PATCHES.json },
  ...text(operations),
});
const yaml = (source: string, kind = "configmaps"): RawRequest => ({
  method: "POST",
  url: `/api/v1/namespaces/default/${kind}`,
  headers: { "content-type": "application/yaml" },
  text: source,
});
const json = (source: string, url: string = pods): RawRequest => ({ method: "POST", url, text: source });
const protobuf = (raw: Buffer, kind = "Pod", url = pods): RawRequest => ({
  method: "POST",
  url,
  headers: { "content-type": "application/vnd.kubernetes.protobuf" },
  readBody: () => Promise.resolve(envelope(kind, raw)),
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left & 127) | 128);
  }
}

const field = (number: number, content: Buffer): Buffer =>
  Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);

function envelope(kind: string, raw: Buffer): Buffer {
  const type = Buffer.concat([field(1, Buffer.from("v1")), field(2, Buffer.from(kind))]);
  return Buffer.concat([Buffer.from("k8s\0"), field(1, type), field(2, raw)]);
}

const POD_SPEC = 2;
const CONTAINERS = 2;
const many = (piece: Buffer): Buffer => Buffer.alloc(Math.floor(FILLING_BYTES / piece.length) * piece.length, piece);
const nested = (levels: number): Buffer => {
  let bytes: Buffer = Buffer.alloc(0);
  for (let i = 0; i < levels; i++) bytes = field(1, bytes);
  return bytes;
};

/** What is no object of a kind in a usual body. */
export function* hostileTexts(): Generator<HostileShape> {
  yield raw("protobuf of empty containers", () => protobuf(field(POD_SPEC, many(field(CONTAINERS, Buffer.alloc(0))))));
  yield raw("protobuf of empty environment variables", () =>
    protobuf(field(POD_SPEC, field(CONTAINERS, many(field(7, Buffer.alloc(0)))))),
  );
  yield raw("protobuf of empty owner references", () => protobuf(field(1, many(field(13, Buffer.alloc(0))))));
  yield raw("protobuf of empty labels", () => protobuf(field(1, many(field(11, Buffer.alloc(0))))));
  yield raw("protobuf of empty finalizers", () => protobuf(field(1, many(field(14, Buffer.alloc(0))))));
  yield raw("protobuf of managed fields", () => protobuf(field(1, many(field(17, Buffer.alloc(0))))));
  yield raw("protobuf of groups", () => protobuf(field(POD_SPEC, field(14, many(Buffer.from([0x20, 1]))))));
  yield raw("protobuf of unknown fields", () => protobuf(many(Buffer.from([0xf8, 0x07, 0x01]))));
  yield raw("protobuf of metadata again and again", () => protobuf(many(field(1, Buffer.alloc(0)))));
  yield raw("protobuf of specs again and again", () => protobuf(many(field(POD_SPEC, Buffer.alloc(0)))));
  yield raw("deep protobuf", () => protobuf(nested(5000)));
  yield raw("protobuf of tolerations", () => protobuf(field(POD_SPEC, many(field(22, Buffer.alloc(0))))));
  yield raw("protobuf of wrong bytes", () => protobuf(many(Buffer.from([0xff]))));

  yield raw("JSON that ends too early", () => json(`{"a":${"[".repeat(9000)}`));
  yield raw("JSON of opening brackets", () => json("[".repeat(FILLING_BYTES)));
  yield raw("JSON of opening braces", () => json('{"":'.repeat(FILLING_BYTES / 4)));
  yield raw("JSON of deep lists, many times", () =>
    json(
      `{"a":[${Array(160)
        .fill("[".repeat(9000) + "]".repeat(9000))
        .join()}]}`,
    ),
  );
  yield raw("JSON of empty lists", () =>
    json(
      `{"a":[${Array((FILLING_BYTES / 3) | 0)
        .fill("[]")
        .join()}]}`,
    ),
  );
  yield raw("JSON of zeros", () =>
    json(
      `{"a":[${Array((FILLING_BYTES / 2) | 0)
        .fill("0")
        .join()}]}`,
    ),
  );
  yield raw("JSON of empty objects", () =>
    json(
      `{"a":[${Array((FILLING_BYTES / 3) | 0)
        .fill("{}")
        .join()}]}`,
    ),
  );
  yield raw("JSON of one field again and again", () =>
    json(`{"kind":"Pod"${',"kind":"Pod"'.repeat(FILLING_BYTES / 14)}}`),
  );
  yield raw("JSON of specs again and again", () => json(`{"kind":"Pod"${',"spec":{}'.repeat(FILLING_BYTES / 11)}}`));
  yield raw("JSON of one list again and again", () =>
    json(`{"spec":{"a":0${',"containers":[{}]'.repeat(FILLING_BYTES / 18)}}}`),
  );
  yield raw("JSON of one long list, then short ones", () =>
    json(`{"spec":{"containers":[${Array(200000).fill("{}").join()}]${',"containers":[{}]'.repeat(100000)}}}`),
  );
  yield raw("JSON of white space", () => json(`{${" ".repeat(FILLING_BYTES)}}`));
  yield raw("JSON of white space and no end", () => json(`{${" ".repeat(FILLING_BYTES)}`));
  yield raw("JSON of a long number", () => json(`{"a":${"1".repeat(FILLING_BYTES)}}`));
  yield raw("JSON of a long integer field", () => json(`{"metadata":{"generation":${"1".repeat(FILLING_BYTES)}}}`));
  yield raw("JSON of long integers", () =>
    json(
      `{"a":[${Array((FILLING_BYTES / 20) | 0)
        .fill("9".repeat(18))
        .join()}]}`,
    ),
  );
  yield raw("JSON of a long fraction", () => json(`{"a":0.${"1".repeat(FILLING_BYTES)}}`));
  yield raw("JSON of escapes", () => json(`{"metadata":{"name":"${"\\u0061".repeat(FILLING_BYTES / 6)}"}}`));
  yield raw("JSON of short escapes", () => json(`{"metadata":{"name":"${"\\n".repeat(FILLING_BYTES / 2)}"}}`));
  yield raw("JSON of half surrogates", () => json(`{"metadata":{"name":"${"\\ud800".repeat(FILLING_BYTES / 6)}"}}`));
  yield raw("JSON of a long key", () => json(`{"${"a".repeat(FILLING_BYTES)}":0}`));
  yield raw("JSON of numbers for names", () =>
    json(`{"a":{${Array.from({ length: 200_000 }, (_, i) => `"${200_000 - i}":0`).join()}}}`),
  );
  yield raw("JSON of big numbers for labels", () =>
    json(`{"metadata":{"labels":{${Array.from({ length: 180_000 }, (_, i) => `"${i * 20_000}":""`).join()}}}}`),
  );
  yield raw("JSON of invalid UTF-8", () => ({
    ...json(""),
    readBody: () =>
      Promise.resolve(Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(FILLING_BYTES, 0xff), Buffer.from('"}')])),
  }));
  yield raw("a long kind", () => json(`{"kind":"${"a".repeat(FILLING_BYTES)}","apiVersion":"v1"}`));
  yield raw("a long version", () => json(`{"kind":"Pod","apiVersion":"${"a/".repeat(FILLING_BYTES / 2)}"}`));
  yield raw("a long time", () => json(`{"metadata":{"creationTimestamp":"${"1".repeat(FILLING_BYTES)}"}}`));
  yield raw("base64 with line breaks", () =>
    json(`{"binaryData":{"a":"${"AAAA\\n".repeat(FILLING_BYTES / 6)}"}}`, configMaps),
  );
  yield raw("bytes as a list", () =>
    json(
      `{"binaryData":{"a":[${Array((FILLING_BYTES / 2) | 0)
        .fill("0")
        .join()}]}}`,
      configMaps,
    ),
  );

  yield raw("YAML of flow lists", () => yaml(`a: [${"[],".repeat(FILLING_BYTES / 3)}]`));
  yield raw("YAML of a block list", () => yaml("- \n".repeat(FILLING_BYTES / 3)));
  yield raw("YAML of keys", () => yaml(Array.from({ length: 300_000 }, (_, i) => `${short(i)}: `).join("\n")));
  yield raw("YAML of one key again and again", () => yaml("a: \n".repeat(FILLING_BYTES / 4)));
  yield raw("YAML of deep indentation", () =>
    yaml(Array.from({ length: 900 }, (_, i) => `${" ".repeat(i)}a:\n`).join("")),
  );
  yield raw("YAML of deep flow lists", () => yaml("[".repeat(FILLING_BYTES)));
  yield raw("YAML of aliases", () => yaml(`a: &a [${"b,".repeat(1_000_000)}]\nb: [${Array(99).fill("*a").join()}]`));
  yield raw("YAML of nested aliases", () => yaml(laughs()));
  yield raw("YAML of comments", () => yaml("#\n".repeat(FILLING_BYTES / 2)));
  yield raw("YAML of documents", () => yaml("---\n".repeat(FILLING_BYTES / 4)));
  yield raw("YAML of empty lines", () => yaml(`a: |\n${"\n".repeat(FILLING_BYTES)}`));
  yield raw("YAML of a plain text in many lines", () => yaml(`a: ${"b\n  ".repeat(FILLING_BYTES / 4)}`));
  yield raw("YAML of anchors", () => yaml(Array.from({ length: 200_000 }, (_, i) => `- &${short(i)} a`).join("\n")));
  yield raw("YAML of tags", () => yaml("- !!str a\n".repeat(FILLING_BYTES / 10)));
  yield raw("YAML of escapes", () => yaml(`a: "${"\\x41".repeat(FILLING_BYTES / 4)}"`));
  yield raw("YAML of merges", () => yaml(`a: &a\n  b: c\nd:\n${"  <<: *a\n".repeat(99)}`));
  yield raw("YAML of question marks", () => yaml("? ".repeat(900)));
  yield raw("YAML of numbers", () => yaml(`a: [${"1_1,".repeat(FILLING_BYTES / 4)}]`));
  yield raw("YAML of one long number", () => yaml(`a: ${"1_".repeat(FILLING_BYTES / 2)}`));
  yield raw("YAML of one long octal number", () => yaml(`a: 0${"1".repeat(FILLING_BYTES)}`));
  yield raw("YAML of one long plain text", () => yaml(`a: ${"b ".repeat(FILLING_BYTES / 2)}`));
  yield raw("YAML of a key without an end", () => yaml(`a${" b".repeat(FILLING_BYTES / 2)}`));
  yield raw("YAML of colons", () => yaml(":".repeat(FILLING_BYTES)));
  yield raw("YAML of dashes", () => yaml("- ".repeat(900)));
  yield raw("YAML of base 60", () => yaml(`a: ${"1:".repeat(FILLING_BYTES / 2)}1`));
  yield raw("YAML of a time", () => yaml(`a: 2001-01-01T01:01:01.${"1".repeat(FILLING_BYTES)}Z`));

  yield raw("JSON patch of moves", () =>
    patchOf([
      { op: "add", path: "/data", value: fillMap((i) => `a${short(i)}`, "", LONG) },
      ...Array(9000).fill({ op: "move", from: "/data", path: "/binaryData" }),
    ]),
  );
  yield raw("JSON patch of copies", () =>
    patchOf([
      { op: "add", path: "/data", value: { a: "x".repeat(1_000_000) } },
      ...Array.from({ length: 9000 }, (_, i) => ({ op: "copy", from: "/data", path: `/${short(i)}` })),
    ]),
  );
  yield raw("JSON patch of copies into themselves", () =>
    patchOf([{ op: "add", path: "/x", value: [0] }, ...Array(9000).fill({ op: "copy", from: "/x", path: "/x/-" })]),
  );
  yield raw("JSON patch of tests", () =>
    patchOf([
      { op: "add", path: "/data", value: fillMap((i) => `a${short(i)}`, "", LONG / 2) },
      { op: "copy", from: "/data", path: "/binaryData" },
      ...Array(9000).fill({ op: "test", path: "/data", value: {} }),
    ]),
  );
  yield raw("JSON patch of insertions", () =>
    patchOf([
      { op: "add", path: "/x", value: Array(700_000).fill(0) },
      ...Array(9000).fill({ op: "add", path: "/x/0", value: 1 }),
    ]),
  );
  yield raw("JSON patch of removals", () =>
    patchOf([
      { op: "add", path: "/x", value: Array(1_000_000).fill(0) },
      ...Array(9000).fill({ op: "remove", path: "/x/0" }),
    ]),
  );
  yield raw("JSON patch of list moves", () =>
    patchOf([
      { op: "add", path: "/x", value: Array(700_000).fill(0) },
      ...Array(9000).fill({ op: "move", from: "/x/0", path: "/x/699999" }),
    ]),
  );
  yield raw("JSON patch of many operations", () => patchOf(fill(() => ({ op: "test", path: "", value: 0 }))));
  yield raw("JSON patch of a long path", () => patchOf([{ op: "add", path: "/a".repeat(LONG / 2), value: 0 }]));
  yield raw("JSON patch of escapes", () => patchOf([{ op: "add", path: `/${"~1".repeat(LONG / 2)}`, value: 0 }]));
  yield raw("JSON patch of deep tests", () =>
    patchOf([{ op: "add", path: "/x", value: deep(5000) }, ...Array(9000).fill({ op: "test", path: "/x", value: {} })]),
  );
  yield raw("a deep merge patch", () => ({
    ...patchOf([]),
    headers: { "content-type": PATCHES.merge },
    ...text({ data: deep(9000) }),
  }));
  yield raw("a deep strategic patch", () => ({
    ...patchOf([]),
    headers: { "content-type": PATCHES.strategic },
    ...text({ data: deep(9000) }),
  }));
  const podPatch = (spec: Json): RawRequest => ({
    method: "PATCH",
    url: `${pods}/target`,
    headers: { "content-type": PATCHES.strategic },
    ...text({ spec }),
  });
  yield raw("strategic patch of deletions", () =>
    podPatch({ containers: fill((i) => ({ name: short(i), $patch: "delete" })) }),
  );
  yield raw("strategic patch of an order", () =>
    podPatch({ "$setElementOrder/containers": fill((i) => ({ name: short(i) })) }),
  );
  yield raw("strategic patch of an order and its items", () =>
    podPatch({
      "$setElementOrder/containers": fill((i) => ({ name: short(i) }), LONG),
      containers: fill((i) => ({ name: short(i) }), LONG),
    }),
  );
  yield raw("strategic patch of items of one name", () => podPatch({ containers: fill(() => ({ name: "a" })) }));
  yield raw("strategic patch of primitive deletions", () => ({
    ...podPatch({}),
    ...text({ metadata: { "$deleteFromPrimitiveList/finalizers": fill(short) } }),
  }));
  yield raw("strategic patch of kept keys", () => podPatch({ $retainKeys: fill(short) }));
}

/** Nine levels of nine references each. */
function laughs(): string {
  const lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"];
  for (let i = 1; i <= 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join()}]`,
    );
  return lines.join("\n");
}

/** What stands in the path, the query and the headers. */
export function* hostileQueries(): Generator<HostileShape> {
  const many = 60_000;
  yield raw("a long label selector", () => ({ url: `${pods}?labelSelector=${"a,".repeat(many)}a` }));
  yield raw("a label selector of parentheses", () => ({ url: `${pods}?labelSelector=${"(".repeat(many)}` }));
  yield raw("a label selector with many values", () => ({
    url: `${pods}?labelSelector=a in (${Array.from({ length: many }, (_, i) => short(i)).join()})`,
  }));
  yield raw("a label selector of spaces", () => ({ url: `${pods}?labelSelector=a${" ".repeat(many)}!` }));
  yield raw("a long field selector", () => ({
    url: `${pods}?fieldSelector=${"metadata.name=a,".repeat(many / 8)}metadata.name=b`,
  }));
  yield raw("a field selector of escapes", () => ({
    url: `${pods}?fieldSelector=metadata.name=${"\\\\".repeat(many)}`,
  }));
  yield raw("parameters that nobody knows", () => ({
    url: `${pods}?${Array.from({ length: many }, (_, i) => `${short(i)}=`).join("&")}`,
  }));
  yield raw("one parameter again and again", () => ({ ...json("{}"), url: `${pods}?${"dryRun=All&".repeat(many)}` }));
  yield raw("one wrong parameter again and again", () => ({
    ...json("{}"),
    url: `${pods}?${"dryRun=a&".repeat(many)}`,
  }));
  yield raw("a long field manager", () => ({ ...json("{}"), url: `${pods}?fieldManager=${"\u200b".repeat(many)}` }));
  yield raw("a long continue token", () => ({ url: `${pods}?limit=1&continue=${"A".repeat(many)}` }));
  yield raw("a long path", () => ({ url: `/api/v1/${"a/".repeat(many)}` }));
  yield raw("a path of escapes", () => ({ url: `/api/v1/namespaces/${"%2f".repeat(many)}` }));
  yield raw("a long user agent", () => ({ ...json("{}"), headers: { "user-agent": "\u200b".repeat(16_000) } }));
  yield raw("a long Accept header", () => ({ url: pods, headers: { accept: "a/b;c=d,".repeat(2000) } }));
  yield raw("an Accept header of parameters", () => ({ url: pods, headers: { accept: `a/b${";c=d".repeat(4000)}` } }));
  yield raw("a long content type", () => ({ ...json("{}"), headers: { "content-type": "a;".repeat(8000) } }));
  yield raw("a long token", () => ({
    url: pods,
    user: null,
    headers: { authorization: `Bearer ${"a.".repeat(8000)}` },
  }));
}
