import {
  ignoreAlreadyExists,
  canonicalize,
  encodeJson,
  updateManagedFields,
  type AnyKind,
  type Draft,
  type KubeObject,
  type Scheme,
} from "@dingi/apimachinery";
import type { V1ClusterRole, V1PolicyRule } from "@dingi/api";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import { fillSystemFields } from "../registry/metadata.ts";
import { OPEN_GATE } from "../admission/gate.ts";
import type { WriteContext } from "../registry/request-context.ts";
import { draftOf, type ResourceStore } from "../registry/resource-store.ts";
import objects from "./bootstrap-objects.json" with { type: "json" };

const AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate";

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

/** What the role system:node says, whatever has become of the one in the store. */
export const NODE_RULES: readonly V1PolicyRule[] = objects.clusterroles.find(
  ({ metadata }) => metadata.name === "system:node",
)!.rules as readonly V1PolicyRule[];

/**
 * Makes what every cluster begins with: namespaces, upstream's roles and bindings, priority classes. What exists is
 * left alone, but for rules that a role of ours has lost. Upstream: pkg/registry/rbac/rest/storage_rbac.go
 */
export async function bootstrapObjects(scheme: Scheme, services: EndpointServices): Promise<void> {
  for (const stage of STAGES) {
    const wanted = stage.flatMap((list) => objects[list] as unknown as KubeObject[]);
    await Promise.all(wanted.map((object) => ensure(scheme, services, object)));
  }
  const own = [ADMIN_BINDING, KUBELET_CLIENT_BINDING, DNS_ROLE, DNS_BINDING];
  await Promise.all(own.map((object) => ensure(scheme, services, object)));
}

async function ensure(scheme: Scheme, services: EndpointServices, wanted: KubeObject): Promise<void> {
  const kind = scheme.byKind(wanted.apiVersion!, wanted.kind!);
  if (!kind) return;
  const store = services.resourceStore(kind);
  const key = { namespace: wanted.metadata.namespace ?? "", name: wanted.metadata.name! };
  const existing = store.cache.get(key.namespace === "" ? key.name : `${key.namespace}/${key.name}`);
  if (!existing) return await create(kind, store, services, wanted);
  if (existing.object.metadata.annotations?.[AUTOUPDATE] === "true")
    await restoreRules(store, services, existing.object, wanted);
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

/** Rules may be added to a bootstrap role; those it came with are put back. */
async function restoreRules(
  store: ResourceStore,
  services: EndpointServices,
  existing: KubeObject,
  wanted: KubeObject,
): Promise<void> {
  const has = new Set(((existing as V1ClusterRole).rules ?? []).map((rule) => encodeJson(rule)));
  const missing = ((wanted as V1ClusterRole).rules ?? []).filter((rule) => !has.has(encodeJson(rule)));
  if (missing.length === 0) return;
  await store.update(
    {
      key: { namespace: existing.metadata.namespace ?? "", name: existing.metadata.name! },
      strategy: store.kind.strategy,
      createAllowed: false,
      retry: true,
      transform: async (current) => {
        const draft = draftOf(store.kind, current!) as Draft<V1ClusterRole>;
        draft.rules = [...(draft.rules ?? []), ...(missing as Draft<V1PolicyRule>[])];
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
