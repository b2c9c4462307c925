import type { V1ValidatingAdmissionPolicy } from "@dingi/api";
import type { RestMapper, ServedResource } from "@dingi/client";

const MAX_KINDS = 10;

type Rule = NonNullable<NonNullable<V1ValidatingAdmissionPolicy["spec"]["matchConstraints"]>["resourceRules"]>[number];

/**
 * The kinds that a policy names, by group, version and kind; a rule with a wildcard names none.
 * Upstream: apiserver/pkg/admission/plugin/policy/validating/typechecking.go#typesToCheck
 */
export function kindsToCheck({ spec }: V1ValidatingAdmissionPolicy, served: RestMapper): readonly ServedResource[] {
  const { resourceRules = [] } = spec.matchConstraints ?? {};
  const found = new Set<ServedResource>();
  for (const rule of resourceRules)
    for (const resource of namedBy(rule, served).slice(0, MAX_KINDS)) {
      if (found.size === MAX_KINDS) break;
      found.add(resource);
    }
  return [...found].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function namedBy({ apiGroups = [], apiVersions = [], resources = [] }: Rule, served: RestMapper): ServedResource[] {
  if ([...apiGroups, ...apiVersions].some((name) => name.includes("*"))) return [];
  return served.resources.filter(
    ({ group, version, plural }) =>
      apiGroups.includes(group) && apiVersions.includes(version) && resources.includes(plural),
  );
}

const sortKey = ({ group, version, kind }: ServedResource): string => `${group}\u0000${version}\u0000${kind}`;
