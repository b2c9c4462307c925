import {
  ignoreAlreadyExists,
  canonicalize,
  keyOf,
  keyString,
  updateManagedFields,
  type AnyKind,
  type Draft,
  type KubeObject,
  type Scheme,
} from "@dingi/apimachinery";
import type { V1PolicyRule } from "@dingi/api";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import { fillSystemFields } from "../registry/metadata.ts";
import { OPEN_GATE } from "../admission/gate.ts";
import type { WriteContext } from "../registry/request-context.ts";
import { draftOf, type ResourceStore } from "../registry/resource-store.ts";
import { localAPIServices } from "./api-services.ts";
import { LOCAL_VOLUME_ROLES } from "./local-volume-roles.ts";
import { AUTOUPDATE, reconcile } from "./reconcile.ts";
import objects from "./bootstrap-objects.json" with { type: "json" };

/** In upstream's order: namespaces first, because what follows lies in them. */
const STAGES: readonly (readonly (keyof typeof objects)[])[] = [
  ["namespaces", "priorityclasses", "clusterroles"],
  ["clusterrolebindings", "roles", "rolebindings"],
];

/** kubeadm's binding for the administrator whom dingi's kubeconfig names. */
const ADMIN_BINDING = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "kubeadm:cluster-admins" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "kubeadm:cluster-admins" }],
};
const KUBELET_CLIENT_BINDING = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "dingi:kubelet-api-admin" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:kubelet-api-admin" },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "kube-apiserver-kubelet-client" }],
};

/** What cluster DNS reads, which is part of each node's agent. As kubeadm's, but for the subject. */
const DNS_ROLE = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "system:coredns", annotations: { [AUTOUPDATE]: "true" } },
  rules: [
    { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
  ],
};
const DNS_BINDING = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "system:coredns" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:coredns" },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "system:coredns" }],
};

/** As metrics-server's. */
const METRICS_READER_ROLE = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: {
    name: "system:aggregated-metrics-reader",
    annotations: { [AUTOUPDATE]: "true" },
    labels: Object.fromEntries(
      ["admin", "edit", "view"].map((role) => [`rbac.authorization.k8s.io/aggregate-to-${role}`, "true"]),
    ),
  },
  rules: [{ apiGroups: ["metrics.k8s.io"], resources: ["nodes", "pods"], verbs: ["get", "list", "watch"] }],
};

/** What the role system:node says, whatever has become of the one in the store. */
export const NODE_RULES: readonly V1PolicyRule[] = objects.clusterroles.find(
  ({ metadata }) => metadata.name === "system:node",
)!.rules as readonly V1PolicyRule[];

/**
 * Makes what every cluster begins with: namespaces, upstream's roles and bindings, priority classes, APIServices. What exists is
 * left alone, but for what a role or binding of ours has lost. Upstream: pkg/registry/rbac/rest/storage_rbac.go
 */
export async function bootstrapObjects(scheme: Scheme, services: EndpointServices): Promise<void> {
  for (const stage of STAGES) {
    const wanted = stage.flatMap((list) => objects[list] as unknown as KubeObject[]);
    await Promise.all(wanted.map((object) => ensure(scheme, services, object)));
  }
  const own = [
    ADMIN_BINDING,
    KUBELET_CLIENT_BINDING,
    DNS_ROLE,
    DNS_BINDING,
    ...(scheme.version("metrics.k8s.io/v1beta1") ? [METRICS_READER_ROLE] : []),
    ...LOCAL_VOLUME_ROLES,
    ...localAPIServices(scheme.apiVersions()),
  ];
  await Promise.all(own.map((object) => ensure(scheme, services, object)));
}

async function ensure(scheme: Scheme, services: EndpointServices, wanted: KubeObject): Promise<void> {
  const kind = scheme.byKind(wanted.apiVersion!, wanted.kind!);
  if (!kind) return;
  const store = services.resourceStore(kind);
  const key = keyOf(wanted);
  const existing = store.cache.get(keyString(key))?.object;
  if (!existing) return await create(kind, store, services, wanted);
  const plan = reconcile(existing, wanted);
  if (plan.action === "none") return;
  if (plan.action === "update") return await restore(store, services, { existing, change: plan.change });
  await store.delete({ key, options: {} }, context(services));
  await create(kind, store, services, wanted);
}

async function create(
  kind: AnyKind,
  store: ResourceStore,
  services: EndpointServices,
  wanted: KubeObject,
): Promise<void> {
  const object = canonicalize(kind.schema, structuredClone(wanted)) as Draft<KubeObject>;
  kind.versions[kind.apiVersion]!.defaults?.(object);
  fillSystemFields(object.metadata, services.clock, services.random);
  await recordOwner(kind, object, undefined, services);
  await store.create(object, context(services)).catch(ignoreAlreadyExists);
}

async function restore(
  store: ResourceStore,
  services: EndpointServices,
  { existing, change }: { readonly existing: KubeObject; readonly change: (object: Draft<KubeObject>) => void },
): Promise<void> {
  await store.update(
    {
      key: keyOf(existing),
      strategy: store.kind.strategy,
      createAllowed: false,
      retry: true,
      transform: async (current) => {
        const draft = draftOf(store.kind, current!);
        change(draft);
        await recordOwner(store.kind, draft, current, services);
        return draft;
      },
    },
    context(services),
  );
}

/** These writes come from no client, and are the API server's own in the eyes of whoever applies something over them. */
async function recordOwner(
  kind: AnyKind,
  object: Draft<KubeObject>,
  live: KubeObject | undefined,
  { clock }: EndpointServices,
): Promise<void> {
  const { apiVersion } = kind;
  const resetFields = kind.strategy.resetFields ?? [];
  const manager = "kube-apiserver";
  await updateManagedFields({
    kind,
    apiVersion,
    live,
    object,
    manager,
    subresource: "",
    resetFields,
    nowMs: clock.now(),
  });
}

function context(services: EndpointServices): WriteContext {
  return {
    clock: services.clock,
    random: services.random,
    user: { name: "system:apiserver", groups: ["system:masters"] },
    dryRun: false,
    warn: () => {},
    signal: new AbortController().signal,
    admission: OPEN_GATE,
  };
}
