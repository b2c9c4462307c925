import { StorageVersionMigration, type V1StorageVersionMigration } from "@dingi/api";
import { keyOf, type KindDefinition, type ObjectKey } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import {
  DONE,
  defineController,
  indexOf,
  watchOf,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { markFinished, markRunning } from "./crd-migration.ts";
import { migrateObjects } from "./migrate-objects.ts";
import {
  failed,
  is,
  isNext,
  isOver,
  running,
  succeeded,
  withCondition,
  type MigratedResource,
} from "./migration-state.ts";

const RESOURCE = "resource";
const VERBS = ["update", "patch", "list"];
/** A resource may have come only now. */
const PATIENCE_MS = 60_000;

/**
 * Has all objects of a resource written anew, so that they are stored in the version that is stored now: one migration of a
 * resource at a time. Differs: lists them instead of asking the garbage collector. Upstream: pkg/controller/storageversionmigrator
 */
export const storageVersionMigrator = defineController({
  name: "storage-version-migrator-controller",
  serviceAccount: "storage-version-migrator-controller",
  for: StorageVersionMigration,
  watches: [
    watchOf(StorageVersionMigration, (migration, { cache }) =>
      cache.by(StorageVersionMigration, RESOURCE, nameOf(migration.spec.resource)).map(keyOf),
    ),
  ],
  indexes: [indexOf(StorageVersionMigration, RESOURCE, ({ spec }) => [nameOf(spec.resource)])],
  concurrency: 1,
  reconcile,
});

const nameOf = ({ group = "", resource }: MigratedResource): string =>
  group === "" ? resource : `${resource}.${group}`;

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const migration = context.cache.get(StorageVersionMigration, key);
  if (!migration) return DONE;
  if (isOver(migration)) return await finish(migration, context);
  if (!is(migration, "Running")) return await promote(migration, context);
  if (!migration.status.resourceVersion) return await begin(migration, context);
  return await migrate(migration, migration.status.resourceVersion, context);
}

async function write(migration: V1StorageVersionMigration, { client }: ReconcileContext): Promise<Result> {
  await client.update(StorageVersionMigration, migration, { subresource: "status" });
  return DONE;
}

const now = ({ clock }: ReconcileContext): string => new Date(clock.now()).toISOString();

async function finish(migration: V1StorageVersionMigration, context: ReconcileContext): Promise<Result> {
  if (!is(migration, "Running")) return DONE;
  await markFinished(migration.spec.resource, is(migration, "Succeeded"), context);
  const over = {
    type: "Running",
    status: "False",
    reason: "MigrationCompleted",
    message: "Migration completed",
  } as const;
  return await write(withCondition(migration, over, now(context)), context);
}

async function promote(migration: V1StorageVersionMigration, context: ReconcileContext): Promise<Result> {
  const { resource } = migration.spec;
  if (!isNext(migration, context.cache.by(StorageVersionMigration, RESOURCE, nameOf(resource)))) return DONE;
  await markRunning(resource, migration.metadata.name ?? "", context);
  return await write(withCondition(migration, running(), now(context)), context);
}

/** From which revision on nothing is to do. */
async function begin(migration: V1StorageVersionMigration, context: ReconcileContext): Promise<Result> {
  const kind = await kindOf(migration, context);
  if (typeof kind === "string") return await fail(migration, kind, context);
  const { metadata } = await context.client.list(kind, { limit: 1, metadataOnly: true });
  const status = { ...migration.status, resourceVersion: metadata.resourceVersion };
  return await write({ ...migration, status }, context);
}

async function migrate(
  migration: V1StorageVersionMigration,
  revision: string,
  context: ReconcileContext,
): Promise<Result> {
  const kind = await kindOf(migration, context);
  if (typeof kind === "string") return await fail(migration, `migration encountered unhandled error: ${kind}`, context);
  const { refusal, transient, ...counts } = await migrateObjects(kind, revision, context.client);
  if (transient !== undefined) {
    const problem = describeError(transient);
    await write(withCondition(migration, running({ ...counts, problem }), now(context)), context);
    throw transient;
  }
  const told = withCondition(migration, running(counts), now(context));
  if (refusal === undefined) return await write(withCondition(told, succeeded, now(context)), context);
  const why = `${counts.left}/${counts.total} not yet migrated. migration encountered unhandled error: ${refusal}`;
  return await fail(told, why, context);
}

async function fail(migration: V1StorageVersionMigration, why: string, context: ReconcileContext): Promise<Result> {
  return await write(withCondition(migration, failed(why), now(context)), context);
}

/** A text says why there is none. */
async function kindOf(
  { metadata, spec }: V1StorageVersionMigration,
  { kinds, clock, signal }: ReconcileContext,
): Promise<KindDefinition | string> {
  const { group = "", resource } = spec.resource;
  const find = (mapper: typeof kinds.current) =>
    mapper.resources.find((one) => one.group === group && one.plural === resource && one.preferred);
  const mapper = find(kinds.current) ? kinds.current : await kinds.refresh(signal);
  const found = find(mapper);
  const kind = found && mapper.kindOf(group === "" ? found.version : `${group}/${found.version}`, found.kind);
  if (!kind) {
    const ageMs = clock.now() - Date.parse(metadata.creationTimestamp ?? "");
    if (ageMs < PATIENCE_MS) throw new Error(`There is no resource ${nameOf(spec.resource)} yet`);
    return "resource does not exist in discovery";
  }
  const isEnough = VERBS.every((verb) => found.verbs.includes(verb));
  const name = `${group}/${found.version}, Resource=${resource}`;
  return isEnough ? kind : `resource "${name}" does not support discovery operations: [${VERBS.join(" ")}]`;
}
