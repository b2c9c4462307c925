import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinKinds } from "@dingi/api";
import {
  keyOf,
  keyString,
  parseKey,
  type KindDefinition,
  type KubeObject,
  type ObjectKey,
  type V1ObjectMeta,
} from "@dingi/apimachinery";
import { countVisits, FakeClock, silentLogger, systemRandom } from "@dingi/base";
import { Informers, RestMapper, type Client } from "@dingi/client";
import {
  cacheOver,
  collectIndexes,
  kindsOf,
  type AnyKindDefinition,
  type ControllerDefinition,
  type ReconcileContext,
} from "@dingi/controller-runtime";
import { controllers } from "./controllers.ts";

/** More than this is a loop over all objects, or over all of a namespace. */
const MANY = 20_000;
const FEW = 200;

const definitions = controllers({
  clock: new FakeClock(),
  ca: { certificate: "", privateKey: "" } as never,
  rootCa: "",
  serviceAccountKey: "",
  nodeLifecycle: { monitorPeriodMs: 5000, monitorGraceMs: 40_000 },
});

const owner = (apiVersion: string, kind: string, name: string) => ({
  ownerReferences: [{ apiVersion, kind, name, uid: `${kind}/${name}`, controller: true }],
});
const labels = (i: number) => ({ labels: { app: "web", instance: String(i) } });
const selector = (i: number) => ({ app: "web", instance: String(i) });
const template = (i: number) => ({ metadata: labels(i), spec: { containers: [{ name: "c", image: "i" }] } });
const workload = (i: number) => ({
  spec: { replicas: 1, selector: { matchLabels: selector(i) }, template: template(i) },
  status: {},
});

/**
 * Of few objects, each of which concerns all others: nodes and what runs on every one of them, ranges of addresses, and
 * quotas, which count all of a namespace.
 */
const OF_ALL: ReadonlySet<string> = new Set([
  "daemonset-controller",
  "service-cidr-controller",
  "resourcequota-controller",
]);

interface Sample {
  readonly metadata?: (i: number) => V1ObjectMeta;
  readonly rest?: (i: number) => object;
}

/** What an object of a kind has beyond a name. All belong together by their number, as in a cluster of many small services. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  Pod: {
    metadata: (i) => ({ ...labels(i), ...(i % 2 === 0 ? {} : owner("apps/v1", "ReplicaSet", String(i))) }),
    rest: (i) => ({ spec: { nodeName: String(i), containers: [] }, status: { podIPs: [{ ip: "10.0.0.1" }] } }),
  },
  Service: { rest: (i) => ({ spec: { selector: selector(i), ports: [{ port: 80 }] }, status: {} }) },
  ReplicaSet: {
    metadata: (i) => ({ ...labels(i), ...owner("apps/v1", "Deployment", String(i)) }),
    rest: (i) => ({ spec: { replicas: 1, selector: { matchLabels: selector(i) }, template: template(i) }, status: {} }),
  },
  Deployment: { rest: workload },
  StatefulSet: { rest: workload },
  DaemonSet: { rest: workload },
  Job: { rest: workload },
  CronJob: { rest: (i) => ({ spec: { schedule: "* * * * *", jobTemplate: { spec: workload(i).spec } }, status: {} }) },
  PodDisruptionBudget: {
    rest: (i) => ({ spec: { minAvailable: 1, selector: { matchLabels: selector(i) } }, status: {} }),
  },
  ReplicationController: { rest: (i) => ({ spec: { ...workload(i).spec, selector: selector(i) }, status: {} }) },
  ControllerRevision: {
    metadata: (i) => ({ ...labels(i), ...owner("apps/v1", "StatefulSet", String(i)) }),
    rest: () => ({ data: {}, revision: 1 }),
  },
  EndpointSlice: {
    metadata: (i) => ({
      labels: {
        "kubernetes.io/service-name": String(i),
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
      },
    }),
  },
  Secret: {
    metadata: (i) => ({ annotations: { "kubernetes.io/service-account.name": String(i) } }),
    rest: () => ({ type: "kubernetes.io/service-account-token", data: { token: "x", "ca.crt": "x" } }),
  },
  ClusterRole: {
    metadata: labels,
    rest: (i) => (i === 0 ? { aggregationRule: { clusterRoleSelectors: [{ matchLabels: selector(7) }] } } : {}),
  },
  PersistentVolume: {
    rest: (i) => ({ spec: { claimRef: { namespace: "ns", name: String(i) } }, status: { phase: "Bound" } }),
  },
  PersistentVolumeClaim: {
    metadata: () => ({ annotations: { "pv.kubernetes.io/bind-completed": "yes" } }),
    rest: (i) => ({ spec: { volumeName: String(i) }, status: { phase: "Bound" } }),
  },
  ResourceQuota: {
    rest: () => ({ spec: { hard: { pods: "5" } }, status: { hard: { pods: "5" }, used: { pods: "0" } } }),
  },
  DeviceClass: { rest: (i) => ({ spec: { extendedResourceName: `example.com/${i}` } }) },
  Namespace: { rest: () => ({ spec: {}, status: { phase: "Active" } }) },
  Node: { rest: () => ({ spec: {}, status: {} }) },
  CertificateSigningRequest: { rest: () => ({ spec: {}, status: {} }) },
  ClusterTrustBundle: { rest: () => ({ spec: { signerName: "example.com/any" } }) },
  ServiceCIDR: { rest: (i) => ({ spec: { cidrs: [`10.${i}.0.0/16`] } }) },
};

function sampleOf(kind: KindDefinition, i: number): KubeObject {
  const { metadata, rest } = SAMPLES[kind.kind] ?? {};
  const place = kind.scope === "Namespaced" ? { namespace: "ns" } : {};
  const own = { name: String(i), uid: `${kind.kind}/${i}`, resourceVersion: String(i + 1), ...place };
  return { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { ...metadata?.(i), ...own }, ...rest?.(i) };
}

/** Answers whatever is asked, at no cost. */
function clientOver(objects: (kind: KindDefinition) => readonly KubeObject[]): Client {
  const echo = async (_kind: KindDefinition, object: unknown) => object;
  return {
    async *watch(kind: KindDefinition, { signal }: { signal: AbortSignal }) {
      const annotations = { "k8s.io/initial-events-end": "true" };
      yield objects(kind).map((object) => ({ type: "ADDED", object }));
      yield [{ type: "BOOKMARK", object: { metadata: { annotations, resourceVersion: "1000000" } } }];
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    },
    get: async (kind: KindDefinition, { name }: ObjectKey) => sampleOf(kind, Number(name)),
    list: async () => ({ items: [], metadata: {} }),
    create: echo,
    update: echo,
    patch: async (kind: KindDefinition, { name }: ObjectKey) => sampleOf(kind, Number(name)),
    delete: async () => ({}),
    deleteCollection: async () => ({}),
  } as unknown as Client;
}

/** Of these a cluster has but a handful, and who looks at one looks at all of them. */
const FEW_KINDS: ReadonlySet<string> = new Set(["ServiceCIDR", "StorageClass"]);
const most = ({ kind }: KindDefinition): number => (FEW_KINDS.has(kind) ? 3 : Infinity);

/** By "controller: kind": what one change of one object costs among so many of each kind. */
async function costs(count: number): Promise<Map<string, number>> {
  const clock = new FakeClock();
  const client = clientOver((kind) => Array.from({ length: Math.min(count, most(kind)) }, (_, i) => sampleOf(kind, i)));
  const common = { client, clock, random: systemRandom, logger: silentLogger };
  await using informers = new Informers(common);
  const indexes = collectIndexes(definitions);
  const informerOf = (kind: AnyKindDefinition) =>
    informers.of(kind as KindDefinition, { indexes: indexes.get(kind) ?? {} });
  for (const definition of definitions) for (const kind of kindsOf(definition)) informerOf(kind);
  for (const kind of SAMPLED) informerOf(kind);
  informers.start();
  await informers.synced();
  const { signal } = new AbortController();
  const events = { event: () => {} };
  const kinds = { current: RestMapper.of(builtinKinds) };
  const context = { ...common, kinds, cache: cacheOver(informerOf), events, signal } as unknown as ReconcileContext;
  const found = new Map<string, number>();
  // The one that keeps a copy of its own.
  const collector = definitions.find(({ serviceAccount }) => serviceAccount === "generic-garbage-collector")!;
  for (const kind of SAMPLED) for (const object of informerOf(kind).list()) keysFor(collector, kind, object, context);
  for (const definition of definitions.filter(({ name }) => !OF_ALL.has(name))) {
    for (const kind of SAMPLED) {
      const visits = await countVisits(async () => {
        // An orphan, and one that has an owner.
        for (const i of [6, 7])
          for (const key of keysFor(definition, kind, sampleOf(kind, i), context))
            await definition.reconcile(parseKey(key), context).catch(() => {});
      });
      found.set(`${definition.name}: ${kind.kind}`, visits);
    }
  }
  return found;
}

/** What any of them watches, and a few that only the garbage collector does. */
const WATCHED = new Set<unknown>(definitions.flatMap((definition) => [...kindsOf(definition)]));
const SAMPLED = builtinKinds.filter((kind) => WATCHED.has(kind) || ["ConfigMap", "Lease"].includes(kind.kind));

/** The keys that a change of the object enqueues. */
function keysFor(
  { for: own, owns = [], watches = [], watchesAll }: ControllerDefinition,
  kind: KindDefinition,
  object: KubeObject,
  context: ReconcileContext,
): string[] {
  const keys = watches
    .filter((watch) => (watch.kind as unknown) === kind)
    .flatMap((watch) => [...watch.keys(object as never, context, object as never)]);
  const { namespace = "", ownerReferences = [] } = object.metadata;
  const owned = owns.includes(kind) ? ownerReferences.map(({ name }) => ({ namespace, name })) : [];
  const ofAll = watchesAll ? [...watchesAll.keys(kind, object, context)] : [];
  const all = [...keys, ...ofAll, ...owned, ...(own === kind ? [keyOf(object)] : [])];
  return [...new Set(all.map((key) => (typeof key === "string" ? key : keyString(key))))];
}

test("a change costs every controller among twenty thousand objects of each kind what it costs among two hundred", async () => {
  const [few, many] = [await costs(FEW), await costs(MANY)];
  const dearer = [...many].filter(([name, visits]) => visits > few.get(name)! + 50);
  assert.deepEqual(
    dearer.map(([name, visits]) => `${name}: ${few.get(name)} elements visited, then ${visits}`),
    [],
  );
});
