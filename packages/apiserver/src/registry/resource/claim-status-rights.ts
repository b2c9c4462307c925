import type {
  ResourceV1ResourceClaim,
  V1AllocatedDeviceStatus,
  V1AllocationResult,
  V1NodeSelectorTerm,
} from "@dingi/api";
import {
  forbidden,
  isDns1123Subdomain,
  newForbidden,
  newInvalid,
  path,
  semanticEqual,
  type FieldError,
  type StrategyContext,
  type UserInfo,
} from "@dingi/apimachinery";
import { serviceAccountOfUsername } from "../../authentication/impersonation/username.ts";
import type { AuthorizationAttributes, Authorizer } from "../../authorization/authorizer.ts";
import { describeAttributes } from "../../authorization/describe.ts";

const GROUP = "resource.k8s.io";
const RESOURCE = "resourceclaims";
const NODE_NAME = "authentication.kubernetes.io/node-name";
const ALLOCATION = path("status", "allocation");
const DEVICES = path("status", "devices");

type Claim = ResourceV1ResourceClaim;

/** Who binds a claim, and who tells of a driver's devices, needs rights of subresources that are nowhere else. Upstream: pkg/registry/resource/utils.go */
export class ClaimStatusRights {
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  async confirm(claim: Claim, old: Claim, context: StrategyContext): Promise<void> {
    const errors = [
      ...(await this.#bindingErrors(claim, old, context)),
      ...(await this.#driverErrors(claim, old, context)),
    ];
    if (errors.length > 0) throw newInvalid({ group: GROUP, kind: "ResourceClaim" }, old.metadata.name ?? "", errors);
  }

  /** Upstream: …#AuthorizedForBinding */
  async #bindingErrors({ status = {} }: Claim, { status: old = {} }: Claim, context: StrategyContext) {
    const isSame =
      semanticEqual(status.allocation, old.allocation) && semanticEqual(status.reservedFor, old.reservedFor);
    if (isSame) return [];
    const { user, verb = "update" } = context;
    const refusal = await this.#refusal({ user, verb, subresource: "binding", namespace: "", name: "" });
    if (refusal === undefined) return [];
    const text = `changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="${verb}" permission: ${refusal}`;
    return [forbidden(ALLOCATION, text)];
  }

  /** Upstream: …#AuthorizedForDeviceStatus */
  async #driverErrors(claim: Claim, old: Claim, context: StrategyContext): Promise<FieldError[]> {
    if (!claim.status?.allocation) return [];
    const verbs = verbsOf(context, claim.status.allocation);
    const errors: FieldError[] = [];
    for (const driver of changedDrivers(claim.status.devices ?? [], old.status?.devices ?? [])) {
      const refusal = await this.#driverRefusal(driver, verbs, { claim, context });
      if (refusal === undefined) continue;
      const text = `changing status.devices requires resource="resourceclaims/driver", verb="[${verbs.join(" ")}]" permission: ${refusal}`;
      errors.push(forbidden(DEVICES, text));
    }
    return errors;
  }

  /** Any of the verbs will do; the first refusal is told. */
  async #driverRefusal(
    driver: string,
    verbs: readonly string[],
    { claim, context }: { readonly claim: Claim; readonly context: StrategyContext },
  ): Promise<string | undefined> {
    const refusals: string[] = [];
    for (const verb of verbs) {
      const namespace = claim.metadata.namespace ?? "";
      const refusal = await this.#refusal({ user: context.user, verb, subresource: "driver", namespace, name: driver });
      if (refusal === undefined) return undefined;
      refusals.push(refusal);
    }
    return refusals[0];
  }

  async #refusal(
    own: Pick<AuthorizationAttributes, "user" | "verb" | "subresource" | "namespace" | "name">,
  ): Promise<string | undefined> {
    const attributes = { ...own, isResource: true, path: "", group: GROUP, version: "v1", resource: RESOURCE };
    const { decision, reason } = await this.#authorizer.authorize(attributes);
    if (decision === "allow") return undefined;
    return newForbidden({ group: GROUP, resource: RESOURCE }, own.name, describeAttributes(attributes, reason)).message;
  }
}

/** A service account of the node that a claim's devices are on has a verb of its own. */
function verbsOf({ user, verb = "update" }: StrategyContext, allocation: V1AllocationResult): string[] {
  const anywhere = `arbitrary-node:${verb}`;
  const node = nodeOf(allocation);
  return node !== undefined && isAccountOn(user, node) ? [`associated-node:${verb}`, anywhere] : [anywhere];
}

/** Upstream: …#nodeNameFromAllocation */
function nodeOf({ nodeSelector }: V1AllocationResult): string | undefined {
  const [term, ...others] = nodeSelector?.nodeSelectorTerms ?? [];
  return term && others.length === 0 ? nodeNamedBy(term) : undefined;
}

/** The only thing that is asked of it is its name. */
function nodeNamedBy({ matchExpressions = [], matchFields = [] }: V1NodeSelectorTerm): string | undefined {
  const [field] = matchFields;
  if (!field || matchFields.length + matchExpressions.length !== 1) return undefined;
  const [name, ...others] = field.values ?? [];
  return field.key === "metadata.name" && field.operator === "In" && others.length === 0 ? name : undefined;
}

/** Upstream: …#saAssociatedWithAllocatedNode */
function isAccountOn({ name, extra = {} }: UserInfo, node: string): boolean {
  const [own, ...others] = extra[NODE_NAME] ?? [];
  if (serviceAccountOfUsername(name) === undefined || others.length > 0 || own !== node) return false;
  return isDns1123Subdomain(node).length === 0;
}

/** Sorted. Upstream: …#getModifiedDrivers */
function changedDrivers(
  devices: readonly V1AllocatedDeviceStatus[],
  old: readonly V1AllocatedDeviceStatus[],
): string[] {
  const [now, before] = [byIdentity(devices), byIdentity(old)];
  const changed = [...now].filter(([key, device]) => !semanticEqual(device, before.get(key)));
  const gone = [...before].filter(([key]) => !now.has(key));
  return [...new Set([...changed, ...gone].map(([, { driver }]) => driver))].sort();
}

const byIdentity = (devices: readonly V1AllocatedDeviceStatus[]): ReadonlyMap<string, V1AllocatedDeviceStatus> =>
  new Map(devices.map((one) => [JSON.stringify([one.driver, one.pool, one.device, one.shareID ?? ""]), one]));
