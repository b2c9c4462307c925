import { canonicalize } from "../codec/canonicalize.ts";
import { DecodeError } from "../codec/decode-error.ts";
import { MAX_FIELD_ERRORS } from "../errors/field-error.ts";
import { newApplyConflict, newBadRequest, StatusError } from "../errors/status-error.ts";
import { groupOf, versionOf } from "../kind/define-kind.ts";
import type { Draft } from "../meta/draft.ts";
import type { V1ManagedFieldsEntry, V1StatusCause } from "../meta/meta.gen.ts";
import type { KubeObject } from "../meta/object.ts";
import { allowedByLastApplied, updateLastApplied } from "./last-applied.ts";
import { ListItemError } from "./list-elements.ts";
import { restoreProblem } from "../patch/restore-problem.ts";
import { compareText, decodeManagers, describeManager, encodeManagers, type Managers } from "./managed.ts";
import { pathText } from "./path-element.ts";
import { typedPlanOfKind } from "./typed-plan.ts";
import {
  emptyObject,
  fieldsToReset,
  paceOf,
  schemaOf,
  trackUpdate,
  writerOf,
  type WriteContext,
} from "./write-context.ts";
import { claimApply, ConflictError, type Applied, type Conflict } from "./updater.ts";
import { TypedValueError, validateTyped } from "./validate-typed.ts";

interface ApplyInput extends WriteContext {
  /** The configuration as it was sent: not defaulted, not canonical. */
  readonly applied: KubeObject;
  /** What a configuration's kind must be. */
  readonly objectKind?: string;
  /** Takes fields over that others own. */
  readonly force: boolean;
}

/** The only manager for whom `kubectl apply`'s annotation counts. */
const KUBECTL = "kubectl";
const BEFORE_FIRST_APPLY = "before-first-apply";

/**
 * The object that results from applying a configuration, canonical and with its owners; defaults are still to be set.
 * @throws {OwnersTooLarge} @throws {StatusError} 409 for conflicts, 400 for another kind or version, 500 for what does not fit the schema, as upstream
 * Upstream: managedfields/internal/fieldmanager.go#Apply
 */
export async function applyServerSide(input: ApplyInput): Promise<Draft<KubeObject>> {
  const { object, managers } = await applyConfiguration(input);
  await paceOf(input)();
  const canonical = toCanonical(input, object);
  await paceOf(input)();
  const entries = encodeManagers(managers);
  if (entries !== undefined) canonical.metadata.managedFields = entries as Draft<V1ManagedFieldsEntry[]>;
  if (input.manager === KUBECTL) updateLastApplied(canonical, input.applied);
  return canonical;
}

/** The merged object as it is, before its types have had a say. */
async function applyConfiguration(input: ApplyInput): Promise<{ object: KubeObject; managers: Managers }> {
  checkVersion(input);
  checkNoOwners(input.applied);
  const context = { ...input, live: typedLive(input) };
  const before = await managersBeforeApply(input, context);
  const { object, managers } = await applyOrConflict(context, before);
  if (object === undefined) return { object: context.live, managers: withoutNewTime(managers, before, context) };
  return { object: object as KubeObject, managers };
}

function checkVersion({ applied, apiVersion, live, objectKind }: ApplyInput): void {
  const { kind, apiVersion: actual } = claimedType(applied);
  const expected = objectKind ?? live?.kind ?? kind;
  if (kind !== expected || actual !== apiVersion) throw newBadRequest(`invalid object type: ${gvkText(actual, kind)}`);
}

/** Nothing, where it cannot be read. Upstream: apimachinery/pkg/apis/meta/v1/unstructured/unstructured.go#GroupVersionKind */
function claimedType(applied: Pick<KubeObject, "kind" | "apiVersion">): { kind: string; apiVersion: string } {
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  const [kind, apiVersion] = [text(applied.kind), text(applied.apiVersion)];
  return apiVersion.split("/").length > 2 ? { kind: "", apiVersion: "" } : { kind, apiVersion };
}

/** Upstream checks for nil: an empty list is refused too. */
function checkNoOwners({ metadata }: Partial<KubeObject>): void {
  if ((metadata?.managedFields ?? undefined) !== undefined) throw newBadRequest("metadata.managedFields must be nil");
}

const gvkText = (apiVersion: string, kind: string): string =>
  `${groupOf(apiVersion)}/${apiVersion === "" ? "" : versionOf(apiVersion)}, Kind=${kind}`;

/** The live object as it is compared: with kind and apiVersion, without the owners themselves. */
function typedLive(input: ApplyInput): KubeObject {
  const { live, applied } = input;
  const object = live ?? emptyObject(schemaOf(input));
  return withoutManagedFields({ ...object, apiVersion: applied.apiVersion, kind: applied.kind });
}

function withoutManagedFields<T extends KubeObject>(object: T): T {
  return { ...object, metadata: { ...object.metadata, managedFields: undefined } };
}

/** Who owned what; what was there before anybody applied belongs to an owner of its own. */
async function managersBeforeApply(input: ApplyInput, context: ApplyInput & { live: KubeObject }): Promise<Managers> {
  const managers = readManagers(input.live);
  if (managers.size > 0) return managers;
  return await trackUpdate({ ...context, manager: BEFORE_FIRST_APPLY, live: undefined }, context.live, managers);
}

function readManagers(live: KubeObject | undefined): Managers {
  try {
    return decodeManagers(live?.metadata.managedFields);
  } catch (error) {
    throw StatusError.make(500, "", `failed to decode managed fields: ${(error as Error).message}`);
  }
}

async function applyOrConflict(context: ApplyInput & { live: KubeObject }, managers: Managers): Promise<Applied> {
  try {
    return await claim(context, managers, context.force);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const conflicts = remainingConflicts(context, error.conflicts);
    if (conflicts.length > 0) throw conflictStatus(conflicts);
    return await claim(context, managers, true);
  }
}

async function claim(context: ApplyInput & { live: KubeObject }, managers: Managers, force: boolean): Promise<Applied> {
  const plan = typedPlanOfKind(schemaOf(context));
  const { kind, applied, live } = context;
  try {
    validateTyped(plan, applied);
    await paceOf(context)();
    return await claimApply(
      {
        kind,
        live,
        managers,
        writer: writerOf(context),
        ignored: fieldsToReset(context.resetFields),
        pace: paceOf(context),
        maxBytes: context.maxOwnersBytes,
      },
      applied,
      force,
    );
  } catch (error) {
    if (error instanceof TypedValueError || error instanceof ListItemError) {
      throw StatusError.make(500, "", `failed to create typed patch object (${nameText(applied)}): ${error.message}`);
    }
    if (error instanceof RangeError) throw newBadRequest("error decoding patch: exceeded max depth");
    throw error;
  }
}

/** Upstream: managedfields/internal/structuredmerge.go#objectGVKNN */
function nameText({ metadata, apiVersion = "", kind = "" }: KubeObject): string {
  // What is no text is no name.
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return `${text(metadata?.namespace)}/${text(metadata?.name)}; ${gvkText(apiVersion, kind)}`;
}

/** What `kubectl apply` without --server-side wrote last is kubectl's own: it may change that without a conflict. */
function remainingConflicts(
  context: ApplyInput & { live: KubeObject },
  conflicts: readonly Conflict[],
): readonly Conflict[] {
  if (context.manager !== KUBECTL) return conflicts;
  const allowed = allowedByLastApplied(typedPlanOfKind(schemaOf(context)), context.live, context.apiVersion);
  return allowed === undefined ? conflicts : conflicts.filter(({ path }) => !allowed.has(path));
}

/** No more of them are told than of errors. */
function conflictStatus(all: readonly Conflict[]): StatusError {
  const conflicts = all.slice(0, MAX_FIELD_ERRORS);
  const causes: V1StatusCause[] = conflicts.map(({ manager, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${describeManager(manager)}`,
    field: pathText(path),
  }));
  return newApplyConflict(causes, conflictMessage(conflicts, all.length));
}

/** Upstream: managedfields/internal/conflict.go#getConflictMessage */
function conflictMessage(conflicts: readonly Conflict[], count: number): string {
  const [first] = conflicts;
  if (conflicts.length === 1)
    return `Apply failed with 1 conflict: conflict with ${describeManager(first!.manager)}: ${pathText(first!.path)}`;
  const lines = [...Map.groupBy(conflicts, ({ manager }) => manager)]
    .sort(([a], [b]) => compareText(a.name, b.name))
    .flatMap(([owner, theirs]) => [
      `conflicts with ${describeManager(owner)}:`,
      ...theirs.map(({ path }) => `- ${pathText(path)}`),
    ]);
  if (count > conflicts.length) lines.push("and more conflicts, which are not listed");
  return `Apply failed with ${count} conflicts: ${lines.join("\n")}`;
}

function toCanonical(input: ApplyInput, object: unknown): Draft<KubeObject> {
  const { applied } = input;
  try {
    return canonicalize(schemaOf(input), object) as Draft<KubeObject>;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const type = gvkText(applied.apiVersion ?? "", applied.kind ?? "");
    const what = `failed to convert new object (${nameText(applied)}) to proper version`;
    throw StatusError.make(
      500,
      "",
      `${what}: unable to convert unstructured object to ${type}: ${restoreProblem(schemaOf(input), object) ?? error.message}`,
    );
  }
}

/** An apply that changes nothing leaves its time as it was; a new applier has none. */
function withoutNewTime(after: Managers, before: Managers, context: ApplyInput): Managers {
  const { name } = writerOf(context);
  const times = new Map(
    [...after].map(([identity, manager]) => {
      const isOwn =
        manager.operation === "Apply" && manager.name === name && manager.subresource === context.subresource;
      return [identity, isOwn ? { ...manager, time: before.get(identity)?.time } : manager] as const;
    }),
  );
  return times;
}
