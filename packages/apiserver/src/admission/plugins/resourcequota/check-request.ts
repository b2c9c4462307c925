import {
  addResources,
  maskResources,
  excessOf,
  resourcesText,
  scopesOf,
  withoutZeros,
  type QuotaEvaluator,
  type QuotaWrite,
  type ResourceList,
  type UsageSurroundings,
  type V1ResourceQuota,
  type V1ScopedResourceSelectorRequirement,
} from "@dingi/api";
import { compareQuantity, newUnclassifiedError } from "@dingi/apimachinery";
import type { LimitedResource } from "./limited-resource.ts";

/** A quota as it will be once what has been granted is written. */
export interface RunningQuota {
  readonly quota: V1ResourceQuota;
  readonly used: ResourceList;
}

/** A write that is to be charged. */
export interface Charge {
  readonly write: QuotaWrite;
  readonly evaluator: QuotaEvaluator;
  readonly surroundings: UsageSurroundings;
  readonly limited: readonly LimitedResource[];
  /** An answer to whoever writes. */
  readonly refuse: (why: string) => Error;
}

/**
 * The quotas with the write's usage; those that it does not concern are the same. Throws what the writer is told when one
 * of them has not enough left. Upstream: apiserver/pkg/admission/plugin/resourcequota/controller.go#CheckRequest
 */
export function checkRequest(quotas: readonly RunningQuota[], charge: Charge): readonly RunningQuota[] {
  const { write, evaluator, surroundings, refuse } = charge;
  const concerned = quotas.filter(({ quota }) => concerns(quota, write.object, charge));
  const restricted = new Map(concerned.map((one) => [one, restrictedBy(one, charge)] as const));
  const usage = evaluator.usage(write.object, surroundings);
  const negative = Object.keys(usage).filter((name) => compareQuantity(usage[name]!, "0") < 0);
  if (negative.length > 0) throw refuse(`quota usage is negative for resource(s): ${negative.sort().join(",")}`);
  const deltas = deltasFor(concerned, usage, charge);
  if (deltas.every((delta) => Object.keys(delta).length === 0)) return quotas;
  checkCovered(quotas, usage, { charge, covered: new Set([...restricted.values()].flat()) });
  const charged = new Map(concerned.map((one, i) => [one, chargedBy(one, deltas[i]!, charge)]));
  return quotas.map((one) => charged.get(one) ?? one);
}

/** Upstream: apiserver/pkg/quota/v1/generic/evaluator.go#Matches */
function concerns(quota: V1ResourceQuota, object: QuotaWrite["object"], charge: Charge): boolean {
  const { evaluator, surroundings } = charge;
  if (evaluator.matching(Object.keys(quota.status.hard ?? {}), surroundings).length === 0) return false;
  return scopesOf(quota).every((scope) => evaluator.isInScope?.(scope, object) ?? false);
}

/** What the quota limits of the object's resources. */
function restrictedBy({ quota }: RunningQuota, { write, evaluator, surroundings, refuse }: Charge): readonly string[] {
  const { name } = quota.metadata;
  const { hard = {}, used = {} } = quota.status;
  const restricted = evaluator.matching(Object.keys(hard), surroundings);
  const missing = evaluator.missing?.(restricted, write.object);
  if (missing !== undefined) throw refuse(`failed quota: ${name}: ${missing}`);
  if (restricted.every((one) => Object.hasOwn(used, one))) return restricted;
  throw refuse(`status unknown for quota: ${name}, resources: ${[...restricted].sort().join(",")}`);
}

/** What each quota is charged with; where none is concerned, what there is to be covered by one. */
function deltasFor(concerned: readonly RunningQuota[], usage: ResourceList, charge: Charge): readonly ResourceList[] {
  const { evaluator, surroundings, write } = charge;
  const { oldObject } = write;
  if (!oldObject) return concerned.length === 0 ? [withoutZeros(usage)] : concerned.map(() => withoutZeros(usage));
  const more = withoutZeros(excessOf(usage, evaluator.usage(oldObject, surroundings)));
  if (concerned.length === 0) return [more];
  return concerned.map(({ quota }) => (concerns(quota, oldObject, charge) ? more : withoutZeros(usage)));
}

function chargedBy(one: RunningQuota, delta: ResourceList, { write, refuse }: Charge): RunningQuota {
  const { hard = {} } = one.quota.status;
  const requested = maskResources(delta, Object.keys(hard));
  const names = Object.keys(requested);
  if (names.length === 0) return one;
  const used = addResources(one.used, requested);
  const exceeded = names.filter((name) => compareQuantity(used[name]!, hard[name]!) > 0);
  if (exceeded.length > 0 && write.subresource !== "status") {
    const parts = [requested, one.used, hard].map((list) => resourcesText(maskResources(list, exceeded)));
    const [wanted, taken, limit] = parts;
    throw refuse(`exceeded quota: ${one.quota.metadata.name}, requested: ${wanted}, used: ${taken}, limited: ${limit}`);
  }
  return { quota: one.quota, used };
}

interface Coverage {
  readonly charge: Charge;
  /** By the quotas that are concerned. */
  readonly covered: ReadonlySet<string>;
}

/** What may not be had without a quota has to have one. */
function checkCovered(quotas: readonly RunningQuota[], usage: ResourceList, { charge, covered }: Coverage): void {
  const { limited, evaluator, refuse } = charge;
  const uncovered = limitedNames(usage, charge).filter((name) => !covered.has(name));
  if (uncovered.length > 0) throw refuse(`insufficient quota to consume: ${uncovered.sort().join(",")}`);
  const { isInScope } = evaluator;
  if (!isInScope) return;
  const inScope = (scope: V1ScopedResourceSelectorRequirement) => isInScope(scope, charge.write.object);
  const wanted = limited.flatMap(({ matchScopes = [] }) => matchScopes).filter(inScope);
  if (wanted.length === 0) return;
  const found = new Set(
    quotas.flatMap(({ quota }) => scopesOf(quota).filter(inScope)).map(({ scopeName }) => scopeName),
  );
  const without = wanted.filter(({ scopeName }) => !found.has(scopeName));
  if (without.length === 0) return;
  const texts = without.map(
    ({ scopeName, operator, values = [] }) => `{${scopeName} ${operator} [${values.join(" ")}]}`,
  );
  // Upstream tells it as an error of its own, not as a refusal.
  throw newUnclassifiedError(`insufficient quota to match these scopes: [${texts.join(" ")}]`);
}

function limitedNames(usage: ResourceList, { limited, evaluator }: Charge): string[] {
  const { group, resource } = evaluator.resource;
  const rules = limited.filter((one) => (one.apiGroup ?? "") === group && one.resource === resource);
  const contained = rules.flatMap(({ matchContains = [] }) => matchContains);
  return Object.keys(usage).filter(
    (name) => compareQuantity(usage[name]!, "0") > 0 && contained.some((part) => name.includes(part)),
  );
}
