import { isDns1123Subdomain, readYaml } from "@dingi/apimachinery";
import type { AuthorizationAttributes } from "../authorization/authorizer.ts";
import { LEVELS, STAGES, type AuditLevel, type AuditStage } from "./event.ts";

/** What of a request is recorded. */
export interface AuditDecision {
  readonly level: AuditLevel;
  readonly omitStages: ReadonlySet<AuditStage>;
  readonly omitManagedFields: boolean;
}

interface GroupResources {
  readonly group?: string;
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Of audit.k8s.io/v1; the first that matches a request decides. */
interface PolicyRule {
  readonly level: AuditLevel;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly GroupResources[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly AuditStage[];
  readonly omitManagedFields?: boolean;
}

export interface AuditPolicyObject {
  readonly apiVersion: "audit.k8s.io/v1";
  readonly kind: "Policy";
  readonly rules: readonly PolicyRule[];
  readonly omitStages?: readonly AuditStage[];
  readonly omitManagedFields?: boolean;
}

/** Which requests are recorded, and how much of them. Upstream: apiserver/pkg/audit/policy/checker.go */
export class AuditPolicy {
  readonly #rules: readonly { readonly rule: PolicyRule; readonly decision: AuditDecision }[];
  readonly #otherwise: AuditDecision;

  constructor({ rules, omitStages = [], omitManagedFields = false }: AuditPolicyObject) {
    this.#rules = rules.map((rule) => ({
      rule,
      decision: {
        level: rule.level,
        omitStages: new Set([...omitStages, ...(rule.omitStages ?? [])]),
        omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
      },
    }));
    this.#otherwise = { level: "None", omitStages: new Set(omitStages), omitManagedFields };
  }

  decide(attributes: AuthorizationAttributes): AuditDecision {
    for (const { rule, decision } of this.#rules) if (matches(rule, attributes)) return decision;
    return this.#otherwise;
  }
}

function matches(rule: PolicyRule, attributes: AuthorizationAttributes): boolean {
  const { user, verb } = attributes;
  return (
    isAnyOf(rule.users, [user.name]) &&
    isAnyOf(rule.userGroups, user.groups) &&
    isAnyOf(rule.verbs, [verb]) &&
    matchesWhat(rule, attributes)
  );
}

/** A rule that names none is about all. */
function isAnyOf(wanted: readonly string[] | undefined, found: readonly string[]): boolean {
  return !wanted?.length || found.some((each) => wanted.includes(each));
}

function matchesWhat(rule: PolicyRule, attributes: AuthorizationAttributes): boolean {
  if (rule.namespaces?.length || rule.resources?.length) return matchesResource(rule, attributes);
  if (!rule.nonResourceURLs?.length) return true;
  return !attributes.isResource && rule.nonResourceURLs.some((url) => matchesPath(url, attributes.path));
}

function matchesPath(url: string, path: string): boolean {
  return url === "*" || url === path || (url.endsWith("*") && path.startsWith(url.replace(/\*+$/, "")));
}

function matchesResource({ namespaces, resources }: PolicyRule, attributes: AuthorizationAttributes): boolean {
  if (!attributes.isResource) return false;
  if (namespaces?.length && !namespaces.includes(attributes.namespace)) return false;
  return !resources?.length || resources.some((each) => matchesGroupResources(each, attributes));
}

function matchesGroupResources(
  { group = "", resources = [], resourceNames = [] }: GroupResources,
  attributes: AuthorizationAttributes,
): boolean {
  if (group !== "*" && group !== attributes.group) return false;
  if (resources.length === 0) return true;
  if (resourceNames.length > 0 && !resourceNames.includes(attributes.name)) return false;
  return resources.some((resource) => namesResource(resource, attributes));
}

/** "pods" is the resource alone, "pods/log" one of its subresources, "pods/…" with a star all of them. */
function namesResource(named: string, { resource, subresource }: AuthorizationAttributes): boolean {
  if (named === "*" || named === (subresource === "" ? resource : `${resource}/${subresource}`)) return true;
  if (subresource !== "" && named === `*/${subresource}`) return true;
  return named === `${resource}/*`;
}

/**
 * A policy's file. Throws an Error that names what is wrong with it.
 * Upstream: apiserver/pkg/audit/policy/reader.go, apiserver/pkg/apis/audit/validation/validation.go
 */
export function parseAuditPolicy(text: string): AuditPolicyObject {
  const policy = readYaml(text) as AuditPolicyObject | null;
  if (policy?.apiVersion !== "audit.k8s.io/v1" || policy.kind !== "Policy")
    throw new Error("it is no Policy of audit.k8s.io/v1; begin it with apiVersion: audit.k8s.io/v1 and kind: Policy");
  if (!Array.isArray(policy.rules) || policy.rules.length === 0)
    throw new Error("it has no rules; give at least one under rules");
  const problems = [
    ...stageProblems(policy.omitStages, "omitStages"),
    ...policy.rules.flatMap((rule, i) => ruleProblems(rule, `rules[${i}]`)),
  ];
  if (problems.length > 0) throw new Error(problems.join("; "));
  return policy;
}

function ruleProblems(rule: PolicyRule, at: string): string[] {
  const problems = [
    ...listProblems(rule, at),
    ...stageProblems(rule.omitStages, `${at}.omitStages`),
    ...(rule.nonResourceURLs ?? []).flatMap((url, i) => urlProblems(url, `${at}.nonResourceURLs[${i}]`)),
    ...(rule.resources ?? []).flatMap((each, i) => resourceProblems(each, `${at}.resources[${i}]`)),
  ];
  if (!LEVELS.includes(rule.level)) problems.push(`${at}.level is one of ${LEVELS.join(", ")}`);
  if (rule.nonResourceURLs?.length && (rule.resources?.length || rule.namespaces?.length))
    problems.push(`${at}.nonResourceURLs: rules cannot apply to both regular resources and non-resource URLs`);
  return problems;
}

const LISTS = ["users", "userGroups", "verbs", "namespaces", "nonResourceURLs"] as const;

function listProblems(rule: PolicyRule, at: string): string[] {
  return LISTS.filter((name) => rule[name] !== undefined && !isTexts(rule[name])).map(
    (name) => `${at}.${name} is a list of texts`,
  );
}

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === "string");

function stageProblems(stages: readonly string[] = [], at: string): string[] {
  return stages
    .filter((stage) => !(STAGES as readonly string[]).includes(stage))
    .map((stage) => `${at}: "${stage}": allowed stages are ${STAGES.join(",")}`);
}

function urlProblems(url: string, at: string): string[] {
  if (url === "*" || typeof url !== "string") return [];
  const problems = url.startsWith("/") ? [] : [`${at}: non-resource URL rules must begin with a '/' character`];
  if (url.slice(0, -1).includes("*"))
    problems.push(`${at}: non-resource URL wildcards '*' must be the final character of the rule`);
  return problems;
}

function resourceProblems({ group = "", resources = [], resourceNames = [] }: GroupResources, at: string): string[] {
  const problems = [];
  if (group !== "" && group !== "*") problems.push(...isDns1123Subdomain(group).map((text) => `${at}.group: ${text}`));
  if (resourceNames.length > 0 && resources.length === 0)
    problems.push(`${at}.resourceNames: using resourceNames requires at least one resource`);
  return problems;
}
