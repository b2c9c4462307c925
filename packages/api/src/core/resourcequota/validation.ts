import { FIELD_IMMUTABLE, invalid, path, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { isStandardQuotaResource, validateResourceQuantity } from "../pod/resource-names.ts";
import { validateResourceName } from "../pod/validation/resources.ts";
import type {
  V1ResourceQuota,
  V1ResourceQuotaSpec,
  V1ScopedResourceSelectorRequirement,
  V1ScopeSelector,
} from "./resourcequota.gen.ts";

const SPEC = path("spec");

/** Upstream: pkg/apis/core/validation/validation.go#ValidateResourceQuotaSpec */
export function validateResourceQuota({ spec }: V1ResourceQuota): FieldError[] {
  return [
    ...amountErrors(spec.hard ?? {}, SPEC.child("hard")),
    ...scopeErrors(spec, SPEC.child("scopes")),
    ...(spec.scopeSelector ? selectorErrors(spec, spec.scopeSelector, SPEC.child("scopeSelector")) : []),
  ];
}

export function validateResourceQuotaUpdate(quota: V1ResourceQuota, old: V1ResourceQuota): FieldError[] {
  const errors = validateResourceQuota(quota);
  const [now, before] = [new Set(quota.spec.scopes), new Set(old.spec.scopes)];
  if (now.symmetricDifference(before).size === 0) return errors;
  return [...errors, invalid(SPEC.child("scopes"), quota.spec.scopes ?? null, FIELD_IMMUTABLE)];
}

export function validateResourceQuotaStatus({ status }: V1ResourceQuota): FieldError[] {
  return [
    ...amountErrors(status.hard ?? {}, path("status", "hard")),
    ...amountErrors(status.used ?? {}, path("status", "used")),
  ];
}

function amountErrors(amounts: Readonly<Record<string, string>>, field: FieldPath): FieldError[] {
  return Object.entries(amounts).flatMap(([name, quantity]) => {
    const at = field.key(name);
    const errors = validateResourceName(name, at);
    if (!name.includes("/") && !isStandardQuotaResource(name))
      errors.push(invalid(at, name, "must be a standard resource for quota"));
    return [...errors, ...validateResourceQuantity(name, quantity, at)];
  });
}

const OF_PODS = ["pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];

/** The resources that a scope can be about. Upstream: pkg/apis/core/helper/helpers.go#IsResourceQuotaScopeValidForResource */
const SCOPES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["Terminating", new Set(OF_PODS)],
  ["NotTerminating", new Set(OF_PODS)],
  ["BestEffort", new Set(["pods"])],
  ["NotBestEffort", new Set(OF_PODS)],
  ["PriorityClass", new Set(OF_PODS)],
  ["VolumeAttributesClass", new Set(["persistentvolumeclaims", "requests.storage"])],
  ["CrossNamespacePodAffinity", new Set(OF_PODS)],
]);

/** The scopes that something limited here is not in. */
function foreignScopes({ hard }: V1ResourceQuotaSpec): ReadonlySet<string> {
  const limited = Object.keys(hard ?? {}).filter(isStandardQuotaResource);
  const foreign = [...SCOPES].filter(([, resources]) => limited.some((name) => !resources.has(name)));
  return new Set(foreign.map(([scope]) => scope));
}

function scopeErrors(spec: V1ResourceQuotaSpec, field: FieldPath): FieldError[] {
  const scopes = spec.scopes ?? [];
  const foreign = foreignScopes(spec);
  const errors = [...new Set(scopes)].flatMap((scope) => {
    if (!SCOPES.has(scope)) return [invalid(field, scopes, "unsupported scope")];
    return foreign.has(scope) ? [invalid(field, scopes, "unsupported scope applied to resource")] : [];
  });
  return [...errors, ...conflictErrors(scopes, scopes, field)];
}

const EXCLUSIVE = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;

function conflictErrors(scopes: readonly string[], shown: readonly string[] | null, field: FieldPath): FieldError[] {
  const conflicts = EXCLUSIVE.filter((pair) => pair.every((scope) => scopes.includes(scope)));
  return conflicts.map(() => invalid(field, shown, "conflicting scopes"));
}

/** Upstream: …#validateScopedResourceSelectorRequirement */
function selectorErrors(spec: V1ResourceQuotaSpec, selector: V1ScopeSelector, field: FieldPath): FieldError[] {
  const at = field.child("matchExpressions");
  const requirements = selector.matchExpressions ?? [];
  const foreign = foreignScopes(spec);
  return [
    ...requirements.flatMap((requirement) => [
      ...(SCOPES.has(requirement.scopeName)
        ? []
        : [invalid(at.child("scopeName"), requirement.scopeName, "unsupported scope")]),
      ...(foreign.has(requirement.scopeName)
        ? [invalid(at, goSelector(selector), "unsupported scope applied to resource")]
        : []),
      ...operatorErrors(requirement, at),
    ]),
    ...conflictErrors(
      requirements.map(({ scopeName }) => scopeName),
      spec.scopes ?? null,
      at,
    ),
  ];
}

/** Upstream's own type has no JSON names. */
const goSelector = ({ matchExpressions = [] }: V1ScopeSelector): unknown => ({
  MatchExpressions: matchExpressions.map(({ scopeName, operator, values }) => ({
    ScopeName: scopeName,
    Operator: operator,
    Values: values ?? null,
  })),
});

const ONLY_EXISTS: ReadonlySet<string> = new Set([
  "BestEffort",
  "NotBestEffort",
  "Terminating",
  "NotTerminating",
  "CrossNamespacePodAffinity",
]);
const MUST_EXIST =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

function operatorErrors(
  { scopeName, operator, values = [] }: V1ScopedResourceSelectorRequirement,
  field: FieldPath,
): FieldError[] {
  const at = field.child("operator");
  const errors = ONLY_EXISTS.has(scopeName) && operator !== "Exists" ? [invalid(at, operator, MUST_EXIST)] : [];
  return [...errors, ...valueErrors(operator, values, field)];
}

function valueErrors(operator: string, values: readonly string[], field: FieldPath): FieldError[] {
  const at = field.child("values");
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length > 0) return [];
      return [required(at, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")];
    case "Exists":
    case "DoesNotExist":
      if (values.length === 0) return [];
      return [invalid(at, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector")];
    default:
      return [invalid(field.child("operator"), operator, "not a valid selector operator")];
  }
}
