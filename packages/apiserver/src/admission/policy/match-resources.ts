import type { V1MatchResources } from "@dingi/api";
import { labelSelectorAsSelector, type Selector } from "@dingi/apimachinery";
import type { AdmissionAttributes } from "../attributes.ts";
import { matchingVersion } from "../matching/matching-version.ts";
import type { Namespaces } from "../matching/namespaces.ts";
import { objectMatches } from "../matching/objects.ts";

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
    const { resourceRules = [], excludeResourceRules = [], matchPolicy } = this.#resources;
    if (!objectMatches(this.#objects, attributes)) return undefined;
    if (matchingVersion({ rules: excludeResourceRules, matchPolicy }, attributes) !== undefined) return undefined;
    const found =
      resourceRules.length === 0
        ? attributes.apiVersion
        : matchingVersion({ rules: resourceRules, matchPolicy }, attributes);
    if (found === undefined) return undefined;
    return (await namespaces.matches(this.#namespaces, attributes)) ? found : undefined;
  }
}
