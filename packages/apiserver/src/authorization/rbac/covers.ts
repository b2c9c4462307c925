import type { V1PolicyRule } from "@dingi/api";

/** More single rights than anybody can be told of; who holds them all is not asked about rules that say less. */
const MAX_TUPLES = 100_000;

/**
 * What of `wanted` the owner does not hold, taken apart into single rights: one verb on one resource, or on one path.
 * Undefined when it falls into more single rights than can be compared.
 * Upstream: component-helpers/auth/rbac/validation/policy_comparator.go#Covers
 */
export function missingRights(
  owned: readonly V1PolicyRule[],
  wanted: readonly V1PolicyRule[],
): readonly V1PolicyRule[] | undefined {
  // A rule that one of the owner's covers as it is needs not be taken apart: so an administrator's is never.
  const open = wanted.filter((rule) => !owned.some((own) => coversWhole(own, rule)));
  if (open.reduce((sum, rule) => sum + countRights(rule), 0) > MAX_TUPLES) return undefined;
  return open.flatMap((rule) => [...singleRights(rule)]).filter((right) => !owned.some((own) => covers(own, right)));
}

function countRights({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }: V1PolicyRule): number {
  const names = Math.max(1, length(resourceNames));
  return (length(apiGroups) * length(resources) * names + length(nonResourceURLs)) * length(verbs);
}

const length = (list: readonly string[] | undefined): number => list?.length ?? 0;

function* singleRights(rule: V1PolicyRule): Iterable<V1PolicyRule> {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs = [] } = rule;
  const names = resourceNames.length > 0 ? resourceNames.map((name) => ({ resourceNames: [name] })) : [{}];
  const targets = apiGroups.flatMap((group) =>
    resources.flatMap((resource) => names.map((name) => ({ apiGroups: [group], resources: [resource], ...name }))),
  );
  for (const target of targets) for (const verb of verbs) yield { ...target, verbs: [verb] };
  for (const url of nonResourceURLs) for (const verb of verbs) yield { nonResourceURLs: [url], verbs: [verb] };
}

/** Whether one rule allows all that another one does, of resources only or of paths only. */
function coversWhole(owner: V1PolicyRule, rule: V1PolicyRule): boolean {
  const isOfPaths = length(rule.nonResourceURLs) > 0;
  return isOfPaths === length(owner.nonResourceURLs) > 0 && isEither(rule) && isEither(owner) && covers(owner, rule);
}

const isEither = ({ resources, nonResourceURLs }: V1PolicyRule): boolean =>
  length(resources) > 0 !== length(nonResourceURLs) > 0;

function covers(owner: V1PolicyRule, rule: V1PolicyRule): boolean {
  return (
    holdsAll(owner.verbs, rule.verbs) &&
    holdsAll(owner.apiGroups, rule.apiGroups) &&
    (rule.resources ?? []).every((resource) => coversResource(owner.resources ?? [], resource)) &&
    (rule.nonResourceURLs ?? []).every((url) => (owner.nonResourceURLs ?? []).some((own) => coversUrl(own, url))) &&
    coversNames(owner.resourceNames ?? [], rule.resourceNames ?? [])
  );
}

function holdsAll(owned: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return owned.includes("*") || wanted.every((value) => owned.includes(value));
}

function coversResource(owned: readonly string[], resource: string): boolean {
  if (owned.includes("*") || owned.includes(resource)) return true;
  const slash = resource.indexOf("/");
  return slash >= 0 && owned.includes(`*${resource.slice(slash)}`);
}

function coversUrl(owned: string, url: string): boolean {
  return owned === url || (owned.endsWith("*") && url.startsWith(owned.replace(/\*+$/, "")));
}

/** Rights to all names cover those to some, and never the other way round. */
function coversNames(owned: readonly string[], wanted: readonly string[]): boolean {
  if (owned.length === 0) return true;
  return wanted.length > 0 && wanted.every((name) => owned.includes(name));
}
