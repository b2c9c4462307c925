import { equalJson } from "../codec/equal-json.ts";
import { compareValues, type Comparison } from "./compare-values.ts";
import { FieldSet } from "./field-set.ts";
import { identityOf, type Manager, type Managers } from "./managed.ts";
import { mergeValues } from "./merge-values.ts";
import { fieldElement, type Path } from "./path-element.ts";
import { removeItems, withNamedFields } from "./remove-items.ts";
import { toFieldSet } from "./to-field-set.ts";
import type { TypedPlan } from "./typed-plan.ts";

/** A field that somebody else owns and that would change. */
export interface Conflict {
  readonly manager: Manager;
  readonly path: Path;
}

export class ConflictError extends Error {
  override name = "ConflictError";
  readonly conflicts: readonly Conflict[];

  constructor(conflicts: readonly Conflict[]) {
    super(`${conflicts.length} fields are owned by others`);
    this.conflicts = conflicts;
  }
}

export interface Claim {
  readonly plan: TypedPlan;
  readonly live: unknown;
  readonly managers: Managers;
  /** Who writes, without fields. */
  readonly writer: Omit<Manager, "fields" | "operation">;
  /** What the writer never owns. */
  readonly ignored: FieldSet;
}

/** Fields of metadata that nobody owns. Upstream: managedfields/internal/stripmeta.go */
const STRIPPED = FieldSet.ofPaths([
  [fieldElement("apiVersion")],
  [fieldElement("kind")],
  [fieldElement("metadata")],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((name) => [fieldElement("metadata"), fieldElement(name)]),
]);

/**
 * Who owns what after an update: the writer gets what changed, everybody else loses it.
 * Upstream: structured-merge-diff/merge/update.go#Update, managedfields/internal/managedfieldsupdater.go#Update
 */
export function claimUpdate({ plan, live, managers, writer, ignored }: Claim, object: unknown): Map<string, Manager> {
  const comparison = compareWithout(plan, live, object, ignored);
  const after = new Map<string, Manager>();
  for (const [identity, manager] of managers) {
    const fields = manager.fields
      .difference(manager.fields.intersection(comparison.modified.union(comparison.added)))
      .difference(comparison.removed);
    if (!fields.isEmpty) after.set(identity, fields === manager.fields ? manager : { ...manager, fields });
  }
  const gained = comparison.modified.union(comparison.added).difference(STRIPPED);
  if (gained.isEmpty) return after;
  const updater = { ...writer, operation: "Update" as const };
  const identity = identityOf(updater);
  const previous = after.get(identity)?.fields ?? FieldSet.empty;
  after.set(identity, { ...updater, fields: gained.union(previous) });
  return after;
}

function compareWithout(plan: TypedPlan, before: unknown, after: unknown, ignored: FieldSet): Comparison {
  const { removed, modified, added } = compareValues(plan, before, after);
  return {
    removed: removed.recursiveDifference(ignored),
    modified: modified.recursiveDifference(ignored),
    added: added.recursiveDifference(ignored),
  };
}

export interface Applied {
  /** Undefined when the live object is already as it should be. */
  readonly object: unknown;
  readonly managers: Map<string, Manager>;
}

/**
 * Merges a configuration into the live object, and takes away what its applier applied before and does no more.
 * @throws {ConflictError} unless forced. Upstream: structured-merge-diff/merge/update.go#Apply
 */
export function claimApply({ plan, live, managers, writer, ignored }: Claim, config: unknown, force: boolean): Applied {
  const applier = { ...writer, operation: "Apply" as const };
  const identity = identityOf(applier);
  const last = managers.get(identity)?.fields ?? FieldSet.empty;
  const fields = toFieldSet(plan, config).recursiveDifference(ignored);
  const claimed = new Map(managers).set(identity, { ...applier, fields });
  const combined = mergeValues(plan, live, config);
  // What was applied last and still is, is owned: nothing of it can go.
  const merged = last.difference(fields).isEmpty ? combined : prune(plan, combined, claimed, last);
  const comparison = compareWithout(plan, live, merged, ignored);
  const after = takeOver(claimed, identity, comparison, force);
  const own = after.get(identity);
  if (own !== undefined) {
    const kept = own.fields.difference(STRIPPED);
    if (kept.isEmpty) after.delete(identity);
    else after.set(identity, { ...own, fields: kept });
  }
  return { object: equalJson(live, merged) ? undefined : merged, managers: after };
}

function takeOver(
  managers: Managers,
  applier: string,
  { removed, modified, added }: Comparison,
  force: boolean,
): Map<string, Manager> {
  const changed = modified.union(added);
  const after = new Map<string, Manager>();
  const conflicts: Conflict[] = [];
  for (const [identity, manager] of [...managers].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (identity === applier) {
      if (!manager.fields.isEmpty) after.set(identity, manager);
      continue;
    }
    const contested = manager.fields.intersection(changed);
    for (const path of contested.paths()) conflicts.push({ manager, path });
    const fields = manager.fields.difference(contested).difference(removed);
    if (!fields.isEmpty) after.set(identity, { ...manager, fields });
  }
  if (conflicts.length > 0 && !force) throw new ConflictError(conflicts);
  return after;
}

/** Takes away what was applied last and is not now, unless somebody else owns it or it was never the applier's. */
function prune(plan: TypedPlan, merged: unknown, managers: Managers, last: FieldSet): unknown {
  const named = (set: FieldSet): FieldSet => withNamedFields(plan, set);
  const setOf = (value: unknown): FieldSet => named(toFieldSet(plan, value));
  const all = setOf(merged);
  const withoutLast = removeItems(plan, merged, named(last));
  let owned = FieldSet.empty;
  for (const manager of managers.values()) owned = owned.union(manager.fields);
  const withOwned = removeItems(plan, merged, all.difference(setOf(withoutLast).union(named(owned))));
  return removeItems(plan, merged, all.difference(setOf(withOwned)).intersection(named(last)));
}
