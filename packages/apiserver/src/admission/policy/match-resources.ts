import type { V1MatchResources, V1NamedRuleWithOperations } from "@dingi/api";
import { labelSelectorAsSelector, type Selector } from "@dingi/apimachinery";
import type { AdmissionAttributes } from "../attributes.ts";
import type { Namespaces } from "../matching/namespaces.ts";
import { objectMatches } from "../matching/objects.ts";
import { equivalentVersions, resourceIn } from "../matching/resource.ts";
import { ruleMatches } from "../matching/rules.ts";

/** What a policy or a binding is about. Upstream: apiserver/pkg/admission/plugin/policy/matching/matching.go */
export class MatchResources {
  readonly #resources: V1MatchResources;
  readonly #namespaces: Selector;
  readonly #objects: Selector;

  constructor(resources: V1MatchResources) {
    this.#resources = resources;
    this.#namespaces = labelSelectorAsSelector(resources.namespaceSelector ?? {});
    this.#objects = labelSelectorAsSelector(resources.objectSelector ?? {});
  }

  /** The version of the addressed resource that it has named. Throws StatusError 404 for a namespace that is not there. */
  async versionFor(attributes: AdmissionAttributes, namespaces: Namespaces): Promise<string | undefined> {
    const { resourceRules = [], excludeResourceRules = [] } = this.#resources;
    if (!objectMatches(this.#objects, attributes)) return undefined;
    if (this.#matching(excludeResourceRules, attributes) !== undefined) return undefined;
    const found = resourceRules.length === 0 ? attributes.apiVersion : this.#matching(resourceRules, attributes);
    if (found === undefined) return undefined;
    return (await namespaces.matches(this.#namespaces, attributes)) ? found : undefined;
  }

  /** The version that was asked for goes before those that are equivalent. */
  #matching(rules: readonly V1NamedRuleWithOperations[], attributes: AdmissionAttributes): string | undefined {
    const others = this.#resources.matchPolicy === "Equivalent" ? equivalentVersions(attributes) : [];
    const matchesIn = (apiVersion: string, rule: V1NamedRuleWithOperations): boolean =>
      ruleMatches(rule, attributes, resourceIn(apiVersion, attributes)) && namesMatch(rule, attributes);
    if (rules.some((rule) => matchesIn(attributes.apiVersion, rule))) return attributes.apiVersion;
    for (const rule of rules) {
      const found = others.find((apiVersion) => matchesIn(apiVersion, rule));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

const namesMatch = ({ resourceNames = [] }: V1NamedRuleWithOperations, { name }: AdmissionAttributes): boolean =>
  resourceNames.length === 0 || resourceNames.includes(name);
