import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1StorageVersionMigration } from "@dingi/api";
import { failed, isNext, running, succeeded, withCondition } from "./migration-state.ts";

const migration = (name: string, creationTimestamp = "2026-01-01T00:00:00Z"): V1StorageVersionMigration => ({
  metadata: { name, creationTimestamp },
  spec: { resource: { group: "", resource: "secrets" } },
  status: {},
});
const THEN = "2026-01-02T00:00:00Z";

test("of a resource one is migrated after another, the oldest first", () => {
  const [a, b, old] = [migration("a"), migration("b"), migration("z", "2025-01-01T00:00:00Z")];
  assert.deepEqual([isNext(a, [a, b]), isNext(b, [a, b]), isNext(old, [a, b, old])], [true, false, true]);
  const busy = withCondition(old, running(), THEN);
  assert.equal(isNext(a, [a, b, busy]), false);
  assert.equal(isNext(a, [a, b, withCondition(busy, failed("why"), THEN)]), true);
  assert.equal(isNext(a, [a, b, withCondition(busy, succeeded, THEN)]), true);
});

test("what is said of a migration under way", () => {
  const told = [
    undefined,
    { left: 0, total: 0 },
    { left: 2, total: 5 },
    { left: 0, total: 5 },
    { left: 1, total: 5, problem: "busy" },
  ].map((progress) => running(progress).message);
  assert.deepEqual(told, [
    "The migration is running",
    "The migration is running",
    "The migration is running, 2/5 objects not yet migrated",
    "The migration is running, 5 objects verified migrated",
    "The migration is running, 1/5 objects not yet migrated; transient error: busy",
  ]);
  const later = withCondition(withCondition(migration("a"), running(), THEN), running({ left: 1, total: 1 }), "later");
  assert.deepEqual(
    later.status.conditions?.map(({ lastTransitionTime }) => lastTransitionTime),
    [THEN],
  );
});
