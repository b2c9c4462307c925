import type { KubeObject } from "@dingi/apimachinery";
import type { ResourceList } from "../../pod/resources.ts";
import type { V1ResourceQuota, V1ScopedResourceSelectorRequirement } from "../resourcequota.gen.ts";

export interface QuotaResource {
  readonly group: string;
  /** "pods" */
  readonly resource: string;
}

/** A write that a quota may have to be asked about. */
export interface QuotaWrite<T extends KubeObject = KubeObject> {
  readonly operation: "CREATE" | "UPDATE";
  readonly subresource: string;
  readonly object: T;
  readonly oldObject?: T | undefined;
}

/** What evaluators look up beside the object that they measure. */
export interface UsageSurroundings {
  readonly nowMs: number;
  /** The extended resource that a device class stands for. */
  extendedResourceOf(deviceClass: string): string | undefined;
  /** Whether a device class stands for the extended resource. */
  isOfDeviceClass(extendedResource: string): boolean;
  pod(namespace: string, name: string): KubeObject | undefined;
  /** The claims of a namespace. */
  claims(namespace: string): Iterable<KubeObject>;
}

/** Measures the objects of one resource. Upstream: apiserver/pkg/quota/v1/interfaces.go#Evaluator */
export interface QuotaEvaluator<T extends KubeObject = KubeObject> {
  readonly resource: QuotaResource;
  /** Those of the names that this resource's objects use something of. */
  matching(names: readonly string[], surroundings: UsageSurroundings): string[];
  /** Whether the write may change what is used. */
  isCharged(write: QuotaWrite<T>): boolean;
  /** Whether a change of an object may set something free. */
  isFreed(object: T, old: T, surroundings: UsageSurroundings): boolean;
  /** Why an object must not be where these are limited: it does not say how much it uses. */
  missing?(required: readonly string[], object: T): string | undefined;
  /** Of those that know scopes; the others are in none. */
  isInScope?(scope: V1ScopedResourceSelectorRequirement, object: T): boolean;
  usage(object: T, surroundings: UsageSurroundings): ResourceList;
  /** When the usage of an object changes by itself. */
  changesAtMs?(object: T): number | undefined;
}

/** All scopes that an object must be in to count. Upstream: …/generic/evaluator.go#getScopeSelectorsFromQuota */
export function scopesOf({ spec }: Pick<V1ResourceQuota, "spec">): readonly V1ScopedResourceSelectorRequirement[] {
  const named = (spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" }));
  return [...named, ...(spec.scopeSelector?.matchExpressions ?? [])];
}

/** Of the values that an object has under a scope's name, one has to be chosen. Upstream: pkg/apis/core/v1/helper/helpers.go#ScopedResourceSelectorRequirementsAsSelector */
export function choosesOneOf(scope: V1ScopedResourceSelectorRequirement, values: readonly string[]): boolean {
  const listed = new Set(scope.values);
  switch (scope.operator) {
    case "Exists":
      return values.length > 0;
    case "DoesNotExist":
      return values.length === 0;
    case "In":
      return values.some((value) => listed.has(value));
    default:
      return values.length === 0 || values.some((value) => !listed.has(value));
  }
}

/** "count/deployments.apps" */
export function countName({ group, resource }: QuotaResource): string {
  return group === "" ? `count/${resource}` : `count/${resource}.${group}`;
}
