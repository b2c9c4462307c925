import { equalJson } from "../codec/equal-json.ts";
import type { Versioned } from "../kind/converter.ts";
import type { KubeObject } from "../meta/object.ts";
import { FieldSet } from "./field-set.ts";
import { identityOf, type Manager, type Managers } from "./managed.ts";
import { mergeValues } from "./merge-values.ts";
import { fieldElement, type Path } from "./path-element.ts";
import { OwnersBudget } from "./owners-budget.ts";
import { prune } from "./prune.ts";
import { toFieldSet } from "./to-field-set.ts";
import { isComprehensible, planOfVersion, VersionedChanges, VersionedValue } from "./versioned-value.ts";

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

interface Claim {
  readonly kind: Versioned;
  /** In the writer's version. */
  readonly live: KubeObject;
  readonly managers: Managers;
  /** Who writes, without fields. */
  readonly writer: Omit<Manager, "fields" | "operation">;
  /** What the writer never owns. */
  readonly ignored: FieldSet;
  readonly pace: Pace;
  /** For what the writer owns. */
  readonly maxBytes?: number | undefined;
}

/** Gives other requests their turn where that is due. */
export type Pace = () => Promise<void> | undefined;

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
 * Who owns what after an update: the writer gets what changed, everybody else loses it. @throws {OwnersTooLarge}
 * Upstream: structured-merge-diff/merge/update.go#Update, managedfields/internal/managedfieldsupdater.go#Update
 */
export async function claimUpdate(claim: Claim, object: KubeObject): Promise<Map<string, Manager>> {
  const { kind, live, writer, ignored, pace, maxBytes } = claim;
  const changes = new VersionedChanges(kind, writer.apiVersion, { before: live, after: object, ignored, maxBytes });
  const updater = { ...writer, operation: "Update" as const };
  const own = identityOf(updater);
  const after = new Map<string, Manager>();
  for (const [identity, manager] of comprehensible(claim)) {
    const { removed, changed } = await changes.in(manager.apiVersion);
    const due = pace();
    if (due) await due;
    const lost = identity === own ? removed : changed;
    const fields = manager.fields.difference(lost);
    if (!fields.isEmpty) after.set(identity, fields === manager.fields ? manager : { ...manager, fields });
  }
  const { written } = await changes.in(writer.apiVersion);
  const due = pace();
  if (due) await due;
  const gained = written.difference(STRIPPED);
  if (gained.isEmpty) return after;
  const previous = after.get(own)?.fields ?? FieldSet.empty;
  after.set(own, { ...updater, fields: gained.union(previous) });
  return after;
}

/** Those whose fields can be told from here; the others own nothing any more. Upstream: …/merge/update.go#reconcileManagedFieldsWithSchemaChanges */
function* comprehensible({ kind, managers, writer }: Claim): Iterable<readonly [string, Manager]> {
  for (const entry of managers) if (isComprehensible(kind, entry[1].apiVersion, writer.apiVersion)) yield entry;
}

export interface Applied {
  /** Undefined when the live object is already as it should be. */
  readonly object: unknown;
  readonly managers: Map<string, Manager>;
}

/**
 * Merges a configuration into the live object, and takes away what its applier applied before and does no more.
 * @throws {ConflictError} unless forced. @throws {OwnersTooLarge}. Upstream: structured-merge-diff/merge/update.go#Apply
 */
export async function claimApply(claim: Claim, config: unknown, force: boolean): Promise<Applied> {
  const { kind, live, writer, ignored, pace, maxBytes } = claim;
  const plan = planOfVersion(kind, writer.apiVersion);
  const applier = { ...writer, operation: "Apply" as const };
  const identity = identityOf(applier);
  const managers = new Map(comprehensible(claim));
  const last = managers.get(identity);
  const budget = maxBytes === undefined ? undefined : new OwnersBudget(maxBytes);
  const fields = toFieldSet(plan, config, budget).recursiveDifference(ignored);
  await pace();
  const claimed = new Map(managers).set(identity, { ...applier, fields });
  const combined = mergeValues(plan, live, config) as KubeObject;
  await pace();
  // What was applied last and still is, is owned: nothing of it can go.
  const keepsAll = last?.apiVersion === writer.apiVersion && last.fields.difference(fields).isEmpty;
  const merged =
    last === undefined || last.fields.isEmpty || keepsAll
      ? combined
      : await prune(new VersionedValue(kind, writer.apiVersion, combined), claimed, last);
  await pace();
  const change = { before: live, after: merged, ignored, maxBytes: undefined };
  const changes = new VersionedChanges(kind, writer.apiVersion, change);
  const after = await takeOver(claimed, identity, { changes, force, pace });
  const own = after.get(identity);
  if (own !== undefined) {
    const kept = own.fields.difference(STRIPPED);
    if (kept.isEmpty) after.delete(identity);
    else after.set(identity, { ...own, fields: kept });
  }
  return { object: equalJson(live, merged) ? undefined : merged, managers: after };
}

async function takeOver(
  managers: Managers,
  applier: string,
  { changes, force, pace }: { readonly changes: VersionedChanges; readonly force: boolean; readonly pace: Pace },
): Promise<Map<string, Manager>> {
  const after = new Map<string, Manager>();
  const conflicts: Conflict[] = [];
  for (const [identity, manager] of [...managers].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (identity === applier) {
      if (!manager.fields.isEmpty) after.set(identity, manager);
      continue;
    }
    const { removed, written } = await changes.in(manager.apiVersion);
    const due = pace();
    if (due) await due;
    const contested = manager.fields.intersection(written);
    for (const path of contested.paths()) conflicts.push({ manager, path });
    const fields = manager.fields.difference(contested).difference(removed);
    if (!fields.isEmpty) after.set(identity, { ...manager, fields });
  }
  if (conflicts.length > 0 && !force) throw new ConflictError(conflicts);
  return after;
}
