import type { V1NamedRuleWithOperations } from "@dingi/api";
import type { AdmissionAttributes } from "../attributes.ts";
import { equivalentVersions, resourceIn } from "./resource.ts";
import { ruleMatches } from "./rules.ts";

interface Rules {
  /** Those of a webhook name no resourceNames. */
  readonly rules: readonly V1NamedRuleWithOperations[];
  readonly matchPolicy: string | undefined;
}

/**
 * The version of the addressed resource that one of the rules names. The one that was asked for goes before those that
 * are equivalent. Upstream: apiserver/pkg/admission/plugin/webhook/generic/webhook.go#ShouldCallHook,
 * …/plugin/policy/matching/matching.go#matchesResourceRules
 */
export function matchingVersion({ rules, matchPolicy }: Rules, attributes: AdmissionAttributes): string | undefined {
  const matchesIn = (apiVersion: string, rule: V1NamedRuleWithOperations): boolean =>
    ruleMatches(rule, attributes, resourceIn(apiVersion, attributes)) && namesMatch(rule, attributes);
  if (rules.some((rule) => matchesIn(attributes.apiVersion, rule))) return attributes.apiVersion;
  if (matchPolicy !== "Equivalent") return undefined;
  const others = equivalentVersions(attributes);
  for (const rule of rules) {
    const found = others.find((apiVersion) => matchesIn(apiVersion, rule));
    if (found !== undefined) return found;
  }
  return undefined;
}

const namesMatch = ({ resourceNames = [] }: V1NamedRuleWithOperations, { name }: AdmissionAttributes): boolean =>
  resourceNames.length === 0 || resourceNames.includes(name);
