import { invariant, own } from "@dingi/base";
import { groupOf } from "../kind/define-kind.ts";
import type { Versioned } from "../kind/converter.ts";
import type { KubeObject } from "../meta/object.ts";
import { compareValues, type Comparison } from "./compare-values.ts";
import type { FieldSet } from "./field-set.ts";
import { OwnersBudget } from "./owners-budget.ts";
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
  /** Of what changes in the writer's version. */
  readonly maxBytes: number | undefined;
}

interface VersionedComparison extends Comparison {
  /** What is modified or added. */
  readonly written: FieldSet;
  /** That, and what is removed. Made once for all who have lost it. */
  readonly changed: FieldSet;
}

/** What a write changes, in each version that somebody wrote in. */
export class VersionedChanges {
  readonly #kind: Versioned;
  readonly #before: VersionedValue;
  readonly #after: VersionedValue;
  readonly #ignored: FieldSet;
  readonly #maxBytes: number | undefined;
  readonly #comparisons = new Map<string, VersionedComparison>();

  constructor(kind: Versioned, apiVersion: string, { before, after, ignored, maxBytes }: Change) {
    this.#maxBytes = maxBytes;
    this.#kind = kind;
    this.#before = new VersionedValue(kind, apiVersion, before);
    this.#after = new VersionedValue(kind, apiVersion, after);
    this.#ignored = ignored;
  }

  /** @throws {OwnersTooLarge} */
  async in(apiVersion: string): Promise<VersionedComparison> {
    let comparison = this.#comparisons.get(apiVersion);
    if (comparison === undefined) {
      const plan = planOfVersion(this.#kind, apiVersion);
      const [before, after] = [await this.#before.in(apiVersion), await this.#after.in(apiVersion)];
      const compared = compareValues(
        plan,
        { before, after },
        { ignored: this.#ignored, budget: this.#budgetIn(apiVersion) },
      );
      const written = compared.modified.union(compared.added);
      comparison = { ...compared, written, changed: written.union(compared.removed) };
      this.#comparisons.set(apiVersion, comparison);
    }
    return comparison;
  }

  #budgetIn(apiVersion: string): OwnersBudget | undefined {
    const isWriters = apiVersion === this.#before.apiVersion;
    return isWriters && this.#maxBytes !== undefined ? new OwnersBudget(this.#maxBytes) : undefined;
  }
}
