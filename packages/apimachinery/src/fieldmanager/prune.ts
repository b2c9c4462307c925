import type { KubeObject } from "../meta/object.ts";
import { FieldSet } from "./field-set.ts";
import type { Manager, Managers } from "./managed.ts";
import { removeItems, withNamedFields } from "./remove-items.ts";
import { toFieldSet } from "./to-field-set.ts";
import type { TypedPlan } from "./typed-plan.ts";
import { planOfVersion, VersionedValue } from "./versioned-value.ts";

/**
 * Takes away what was applied last and is not now, unless somebody else owns it or it was never the applier's. Done in the
 * version that was applied last; answered in that of the merged object. Upstream: structured-merge-diff/merge/update.go#prune
 */
export async function prune(merged: VersionedValue, managers: Managers, last: Manager): Promise<KubeObject> {
  const { kind } = merged;
  const plan = planOfVersion(kind, last.apiVersion);
  const whole = await merged.in(last.apiVersion);
  const withoutLast = remove(plan, whole, withNamedFields(plan, last.fields));
  const withOwned = await addOwned(new VersionedValue(kind, last.apiVersion, whole), withoutLast, managers);
  const gone = namedFieldsOf(plan, whole).difference(namedFieldsOf(plan, withOwned));
  const pruned = remove(plan, whole, gone.intersection(withNamedFields(plan, last.fields)));
  return await new VersionedValue(kind, last.apiVersion, pruned).in(merged.apiVersion);
}

/** Puts back what anybody owns, version by version, that of the given objects first. */
async function addOwned(whole: VersionedValue, pruned: KubeObject, managers: Managers): Promise<KubeObject> {
  const { kind, apiVersion } = whole;
  let kept = new VersionedValue(kind, apiVersion, pruned);
  for (const [version, owned] of ownedByVersion(apiVersion, managers)) {
    const plan = planOfVersion(kind, version);
    const all = await whole.in(version);
    const known = namedFieldsOf(plan, await kept.in(version)).union(withNamedFields(plan, owned));
    kept = new VersionedValue(kind, version, remove(plan, all, namedFieldsOf(plan, all).difference(known)));
  }
  return await kept.in(apiVersion);
}

function ownedByVersion(first: string, managers: Managers): Map<string, FieldSet> {
  const owned = new Map<string, FieldSet>([[first, FieldSet.empty]]);
  for (const { apiVersion, fields } of managers.values())
    owned.set(apiVersion, fields.union(owned.get(apiVersion) ?? FieldSet.empty));
  return owned;
}

const namedFieldsOf = (plan: TypedPlan, value: unknown): FieldSet => withNamedFields(plan, toFieldSet(plan, value));

const remove = (plan: TypedPlan, value: KubeObject, fields: FieldSet): KubeObject =>
  removeItems(plan, value, fields) as KubeObject;
