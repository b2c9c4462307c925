import { adopt, equalJson, type Draft, type KubeObject } from "@dingi/apimachinery";
import type {
  V1APIService,
  V1AggregationRule,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1PolicyRule,
  RbacV1Subject,
} from "@dingi/api";
import { missingRights } from "../authorization/rbac/covers.ts";
import { AUTOMANAGED } from "./api-services.ts";

/** Whether a role or binding is given back what it has lost. */
export const AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate";

/** A ClusterRole or Role, of which the bindings are the other half. */
type AnyRole = Pick<V1ClusterRole, "metadata"> & Partial<Pick<V1ClusterRole, "rules" | "aggregationRule">>;
type AnyBinding = Pick<V1ClusterRoleBinding, "metadata" | "roleRef" | "subjects">;

/** What is to be done about an object that is there. */
type Reconciliation =
  | { readonly action: "none" }
  /** `change` is applied to the object as it is now. */
  | { readonly action: "update"; readonly change: (object: Draft<KubeObject>) => void }
  /** Where a binding leads cannot be changed. */
  | { readonly action: "recreate" };

const NONE: Reconciliation = { action: "none" };

/**
 * What an object that every cluster has must be given back. What somebody added to it stays; who wants it left alone
 * annotates it with autoupdate "false". Upstream: component-helpers/auth/rbac/reconciliation
 */
export function reconcile(existing: KubeObject, wanted: KubeObject): Reconciliation {
  if (existing.metadata.annotations?.[AUTOUPDATE] === "false") return NONE;
  if (wanted.kind === "ClusterRole" || wanted.kind === "Role")
    return reconcileRole(existing as AnyRole, wanted as AnyRole);
  if (wanted.kind === "ClusterRoleBinding" || wanted.kind === "RoleBinding")
    return reconcileBinding(existing as AnyBinding, wanted as AnyBinding);
  if (wanted.kind === "APIService") return reconcileAPIService(existing as V1APIService, wanted as V1APIService);
  return NONE;
}

/** One that somebody else made is his. Upstream: kube-aggregator/pkg/controllers/autoregister/autoregister_controller.go#checkAPIService */
function reconcileAPIService(existing: V1APIService, wanted: V1APIService): Reconciliation {
  const isOurs = existing.metadata.labels?.[AUTOMANAGED] !== undefined;
  if (!isOurs || equalJson(existing.spec, wanted.spec)) return NONE;
  const change = (object: Draft<KubeObject>) => void ((object as Draft<V1APIService>).spec = adopt(wanted.spec));
  return { action: "update", change };
}

/** Upstream: …/reconcile_role.go#computeReconciledRole */
function reconcileRole(existing: AnyRole, wanted: AnyRole): Reconciliation {
  const rules = missingRights(existing.rules ?? [], wanted.rules ?? []) ?? [];
  const selectors = missingSelectors(existing.aggregationRule, wanted.aggregationRule);
  const aggregatesByMistake = existing.aggregationRule !== undefined && wanted.aggregationRule === undefined;
  const isWhole = rules.length === 0 && selectors.length === 0 && !aggregatesByMistake;
  if (isWhole && hasMetadata(existing, wanted)) return NONE;
  return {
    action: "update",
    change(object) {
      const role = object as Draft<V1ClusterRole>;
      restoreMetadata(role, wanted);
      if (rules.length > 0) role.rules = [...(role.rules ?? []), ...(rules as Draft<V1PolicyRule>[])];
      if (aggregatesByMistake) delete role.aggregationRule;
      if (selectors.length === 0) return;
      const known = role.aggregationRule?.clusterRoleSelectors ?? [];
      role.aggregationRule = { clusterRoleSelectors: [...known, ...(selectors as typeof known)] };
    },
  };
}

function missingSelectors(existing: V1AggregationRule | undefined, wanted: V1AggregationRule | undefined) {
  const known = existing?.clusterRoleSelectors ?? [];
  return (wanted?.clusterRoleSelectors ?? []).filter((selector) => !known.some((one) => equalJson(one, selector)));
}

/** Upstream: …/reconcile_rolebindings.go#computeReconciledRoleBinding */
function reconcileBinding(existing: AnyBinding, wanted: AnyBinding): Reconciliation {
  if (!equalJson(existing.roleRef, wanted.roleRef)) return { action: "recreate" };
  const known = existing.subjects ?? [];
  const missing = (wanted.subjects ?? []).filter((subject) => !known.some((one) => equalJson(one, subject)));
  if (missing.length === 0 && hasMetadata(existing, wanted)) return NONE;
  return {
    action: "update",
    change(object) {
      const binding = object as Draft<V1ClusterRoleBinding>;
      restoreMetadata(binding, wanted);
      if (missing.length > 0) binding.subjects = [...(binding.subjects ?? []), ...(missing as Draft<RbacV1Subject>[])];
    },
  };
}

type WithMetadata = Pick<KubeObject, "metadata">;

/** Somebody's own value of a label is his; only absent ones are missing. */
function hasMetadata(existing: WithMetadata, wanted: WithMetadata): boolean {
  const has = (field: "labels" | "annotations") =>
    Object.keys(wanted.metadata[field] ?? {}).every((name) => Object.hasOwn(existing.metadata[field] ?? {}, name));
  return has("labels") && has("annotations");
}

function restoreMetadata(object: Draft<WithMetadata>, wanted: WithMetadata): void {
  for (const field of ["labels", "annotations"] as const) {
    const missing = wanted.metadata[field];
    if (missing) object.metadata[field] = { ...missing, ...object.metadata[field] };
  }
}
