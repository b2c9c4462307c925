import { newForbidden, newInternalError } from "@dingi/apimachinery";
import { describeError, type Clock } from "@dingi/base";
import type { Authorizer } from "../../authorization/authorizer.ts";
import type { AdmissionAttributes } from "../attributes.ts";
import { ExpressionInput } from "../expression/expression-input.ts";
import { aggregated } from "../expression/match-conditions.ts";
import { matchingVersion } from "../matching/matching-version.ts";
import type { Namespaces } from "../matching/namespaces.ts";
import { objectMatches } from "../matching/objects.ts";
import type { VersionedObjects } from "../versioned-attributes.ts";
import type { Hook } from "./hook.ts";

/** A webhook that is to be called about a request. */
export interface Invocation {
  readonly hook: Hook;
  /** The version of the resource that it has asked for, and is told of. */
  readonly apiVersion: string;
}

interface ChooserParts {
  readonly namespaces: Namespaces;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
}

interface Asked {
  readonly attributes: AdmissionAttributes;
  readonly objects: VersionedObjects;
}

/** Which webhooks are called about which requests. Upstream: apiserver/pkg/admission/plugin/webhook/generic/webhook.go#ShouldCallHook */
export class HookChooser {
  readonly #parts: ChooserParts;

  constructor(parts: ChooserParts) {
    this.#parts = parts;
  }

  /** Undefined: it is not to be called. Throws StatusError where that cannot be told. */
  async choose(hook: Hook, { attributes, objects }: Asked): Promise<Invocation | undefined> {
    if (!objectMatches(hook.objectSelector, attributes)) return undefined;
    const { rules = [], matchPolicy } = hook.webhook;
    const apiVersion = matchingVersion({ rules, matchPolicy }, attributes);
    // Whoever is asked about no such request shall not fail it for want of its namespace.
    if (apiVersion === undefined) return undefined;
    if (!(await this.#parts.namespaces.matches(hook.namespaceSelector, attributes))) return undefined;
    const invocation = { hook, apiVersion };
    return (await this.#conditionsHold(invocation, { attributes, objects })) ? invocation : undefined;
  }

  async #conditionsHold({ hook, apiVersion }: Invocation, { attributes, objects }: Asked): Promise<boolean> {
    if (hook.conditions.isEmpty) return true;
    const versioned = await versionedOrFail(objects, apiVersion);
    const { authorizer, clock } = this.#parts;
    const input = new ExpressionInput({ attributes, versioned, apiVersion, authorizer, clock });
    const { problems, ...result } = await hook.conditions.match(input);
    if (problems === undefined) return "matches" in result && result.matches;
    if (hook.ignoresFailure) return false;
    const { kind, name } = attributes;
    throw newForbidden({ group: kind.group, resource: kind.plural }, name, aggregated(problems));
  }
}

/** Throws StatusError 500 where an object cannot be had in that version. */
export async function versionedOrFail(objects: VersionedObjects, apiVersion: string) {
  try {
    return await objects.in(apiVersion);
  } catch (error) {
    throw newInternalError(describeError(error));
  }
}
