import {
  addQuantity,
  defineKind,
  nameColumn,
  s,
  V1ObjectMeta,
  type AnyKind,
  type Column,
  type KubeObject,
  type StructSchema,
} from "@dingi/apimachinery";

/** Of an API that upstream's metrics-server serves. Upstream: k8s.io/metrics/pkg/apis/metrics/v1beta1/types.go */
const API_VERSION = "metrics.k8s.io/v1beta1";

type ResourceList = Readonly<Record<string, string>>;

export interface NodeMetrics extends KubeObject {
  readonly timestamp: string;
  readonly window: string;
  readonly usage: ResourceList;
}

export interface PodMetrics extends KubeObject {
  readonly timestamp: string;
  readonly window: string;
  readonly containers: readonly { readonly name: string; readonly usage: ResourceList }[];
}

const usage = s.map(s.quantity);

const nodeMetrics: StructSchema = s.struct(
  "io.k8s.metrics.pkg.apis.metrics.v1beta1.NodeMetrics",
  () => [
    s.field("metadata", 1, V1ObjectMeta, { omitempty: true, default: {} }),
    s.field("timestamp", 2, s.time, { required: true }),
    s.field("window", 3, s.duration, { required: true }),
    s.field("usage", 4, usage, { required: true }),
  ],
  { typed: true },
);

const containerMetrics: StructSchema = s.struct("io.k8s.metrics.pkg.apis.metrics.v1beta1.ContainerMetrics", () => [
  s.field("name", 1, s.string, { required: true, default: "" }),
  s.field("usage", 2, usage, { required: true }),
]);

const podMetrics: StructSchema = s.struct(
  "io.k8s.metrics.pkg.apis.metrics.v1beta1.PodMetrics",
  () => [
    s.field("metadata", 1, V1ObjectMeta, { omitempty: true, default: {} }),
    s.field("timestamp", 2, s.time, { required: true }),
    s.field("window", 3, s.duration, { required: true }),
    s.field("containers", 4, s.list(containerMetrics), { required: true }),
  ],
  { typed: true },
);

const common = { group: "metrics.k8s.io", singular: "", strategy: {}, verbs: ["get", "list"], computed: true } as const;

/** As in metrics-server, pkg/api/table.go */
const columnsOf = <T extends KubeObject & { readonly window: string }>(
  usagesOf: (object: T) => readonly { readonly usage: ResourceList }[],
): Column<T>[] => [
  nameColumn,
  ...["cpu", "memory"].map((resource): Column<T> => ({
    name: resource,
    type: "string",
    format: "quantity",
    value: (object) => usagesOf(object).reduce((sum, { usage }) => addQuantity(sum, usage[resource] ?? "0"), "0"),
  })),
  { name: "Window", type: "string", format: "duration", value: ({ window }) => window },
];

export const NodeMetrics = defineKind<NodeMetrics>({
  ...common,
  kind: "NodeMetrics",
  plural: "nodes",
  scope: "Cluster",
  versions: { [API_VERSION]: { schema: nodeMetrics, storage: true } },
  columns: columnsOf<NodeMetrics>((node) => [node]),
});

export const PodMetrics = defineKind<PodMetrics>({
  ...common,
  kind: "PodMetrics",
  plural: "pods",
  scope: "Namespaced",
  versions: { [API_VERSION]: { schema: podMetrics, storage: true } },
  columns: columnsOf<PodMetrics>(({ containers }) => containers),
});

/** Of the API, as a server that keeps none of it. */
export const resourceMetricsKinds = [NodeMetrics, PodMetrics] as unknown as readonly AnyKind[];
