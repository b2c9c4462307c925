import { invariant, own } from "@dingi/base";
import { groupOf } from "../kind/define-kind.ts";
import type { Versioned } from "../kind/converter.ts";
import type { KubeObject } from "../meta/object.ts";
import { compareValues, type Comparison } from "./compare-values.ts";
import type { FieldSet } from "./field-set.ts";
import { typedPlanOfKind, type TypedPlan } from "./typed-plan.ts";

export function planOfVersion({ versions }: Versioned, apiVersion: string): TypedPlan {
  const version = own(versions, apiVersion);
  invariant(version, `Version "${apiVersion}" is not one of the kind's`);
  return typedPlanOfKind(version.schema);
}

/**
 * Whether a writer of one version can tell what the paths of another mean: the kind must still have it. Upstream installs the
 * core group by itself, so that its types know none of those of the groups with names, nor these its.
 * Upstream: managedfields/internal/versionconverter.go#IsMissingVersionError
 */
export function isComprehensible({ versions }: Versioned, apiVersion: string, writerVersion: string): boolean {
  const isCore = (version: string): boolean => groupOf(version) === "";
  return Object.hasOwn(versions, apiVersion) && isCore(apiVersion) === isCore(writerVersion);
}

/** An object as owners of its fields see it, each in the version that he wrote in. */
export class VersionedValue {
  readonly kind: Versioned;
  readonly apiVersion: string;
  readonly #value: KubeObject;
  readonly #converted = new Map<string, KubeObject>();

  constructor(kind: Versioned, apiVersion: string, value: KubeObject) {
    this.kind = kind;
    this.apiVersion = apiVersion;
    this.#value = value;
  }

  async in(apiVersion: string): Promise<KubeObject> {
    if (apiVersion === this.apiVersion) return this.#value;
    let value = this.#converted.get(apiVersion);
    if (value === undefined) {
      const [converted] = await this.kind.converter.toVersion([this.#value], this.apiVersion, apiVersion);
      value = { ...converted!, kind: this.#value.kind, apiVersion };
      this.#converted.set(apiVersion, value);
    }
    return value;
  }
}

interface Change {
  readonly before: KubeObject;
  readonly after: KubeObject;
  /** What no writer through this door owns. */
  readonly ignored: FieldSet;
}

/** What a write changes, in each version that somebody wrote in. */
export class VersionedChanges {
  readonly #kind: Versioned;
  readonly #before: VersionedValue;
  readonly #after: VersionedValue;
  readonly #ignored: FieldSet;
  readonly #comparisons = new Map<string, Comparison>();

  constructor(kind: Versioned, apiVersion: string, { before, after, ignored }: Change) {
    this.#kind = kind;
    this.#before = new VersionedValue(kind, apiVersion, before);
    this.#after = new VersionedValue(kind, apiVersion, after);
    this.#ignored = ignored;
  }

  async in(apiVersion: string): Promise<Comparison> {
    let comparison = this.#comparisons.get(apiVersion);
    if (comparison === undefined) {
      const plan = planOfVersion(this.#kind, apiVersion);
      const [before, after] = [await this.#before.in(apiVersion), await this.#after.in(apiVersion)];
      comparison = without(compareValues(plan, before, after), this.#ignored);
      this.#comparisons.set(apiVersion, comparison);
    }
    return comparison;
  }
}

function without({ removed, modified, added }: Comparison, ignored: FieldSet): Comparison {
  return {
    removed: removed.recursiveDifference(ignored),
    modified: modified.recursiveDifference(ignored),
    added: added.recursiveDifference(ignored),
  };
}
