import type { V1StorageVersionMigration } from "@dingi/api";
import { withCondition as withOneCondition } from "../with-condition.ts";

export type MigratedResource = V1StorageVersionMigration["spec"]["resource"];

type ConditionType = "Running" | "Succeeded" | "Failed";

/** How much there was to do, and what went wrong that may go right the next time. */
interface Progress {
  readonly left: number;
  readonly total: number;
  readonly problem?: string;
}

export function is({ status }: V1StorageVersionMigration, type: ConditionType): boolean {
  return (status.conditions ?? []).some((condition) => condition.type === type && condition.status === "True");
}

export const isOver = (migration: V1StorageVersionMigration): boolean =>
  is(migration, "Succeeded") || is(migration, "Failed");

interface NewCondition {
  readonly type: ConditionType;
  readonly status?: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

export function withCondition(
  migration: V1StorageVersionMigration,
  { type, status = "True", reason, message }: NewCondition,
  now: string,
): V1StorageVersionMigration {
  const conditions = withOneCondition(migration.status.conditions, { type, status, reason, message }, now);
  return { ...migration, status: { ...migration.status, conditions } };
}

/** Upstream: pkg/controller/storageversionmigrator/util.go#migrationRunningMessage */
export function running(progress?: Progress): NewCondition {
  const { left = 0, total = 0, problem } = progress ?? {};
  const done = left > 0 ? `, ${left}/${total} objects not yet migrated` : `, ${total} objects verified migrated`;
  const transient = problem === undefined ? "" : `; transient error: ${problem}`;
  const message = `The migration is running${total > 0 ? done : ""}${transient}`;
  return { type: "Running", reason: "MigrationRunning", message };
}

export const succeeded: NewCondition = {
  type: "Succeeded",
  reason: "StorageVersionMigrationSucceeded",
  message: "Migration completed",
};

export const failed = (message: string): NewCondition => ({
  type: "Failed",
  reason: "StorageVersionMigrationFailed",
  message,
});

/** Of one resource the oldest that is not over, where none runs. Pure. Upstream: …/migrationrunner.go#getSVMsForResource */
export function isNext(
  migration: V1StorageVersionMigration,
  ofResource: readonly V1StorageVersionMigration[],
): boolean {
  const open = ofResource.filter((other) => !isOver(other));
  if (open.some((other) => is(other, "Running"))) return false;
  const [first] = open.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  return first?.metadata.name === migration.metadata.name;
}

const orderOf = ({ metadata }: V1StorageVersionMigration): string => `${metadata.creationTimestamp} ${metadata.name}`;
