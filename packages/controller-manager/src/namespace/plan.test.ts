import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Namespace } from "@dingi/api";
import { namespaceConditions, type Remaining } from "./plan.ts";

const nowMs = Date.UTC(2026, 0, 1);
const nothing: Remaining = { total: 0, byResource: new Map(), byFinalizer: new Map(), graceSeconds: 0, failures: [] };
const namespaceOf = (status: V1Namespace["status"]): V1Namespace => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "x" },
  spec: {},
  status,
});

test("says what remains, and by which finalizers", () => {
  const remaining = { ...nothing, total: 3, byResource: new Map([["pods.", 2]]), byFinalizer: new Map([["x/y", 1]]) };
  const conditions = namespaceConditions(namespaceOf({}), remaining, nowMs);
  const messageOf = (type: string) => conditions?.find((condition) => condition.type === type)?.message;
  assert.equal(messageOf("NamespaceContentRemaining"), "Some resources are remaining: pods. has 2 resource instances");
  assert.equal(
    messageOf("NamespaceFinalizersRemaining"),
    "Some content in the namespace has finalizers remaining: x/y in 1 resource instances",
  );
});

test("changes nothing when nothing changed, and keeps the time of a transition", () => {
  const first = namespaceConditions(namespaceOf({}), nothing, nowMs) ?? [];
  assert.ok(first.every(({ status }) => status === "False"));
  const after = namespaceOf({ conditions: [...first] });
  assert.equal(namespaceConditions(after, nothing, nowMs + 5000), undefined);
  const failed = namespaceConditions(after, { ...nothing, failures: ["no"] }, nowMs + 5000);
  assert.deepEqual(
    failed?.filter(({ status }) => status === "True").map(({ type }) => type),
    ["NamespaceDeletionContentFailure"],
  );
  assert.equal(failed?.[0]?.lastTransitionTime, first[0]?.lastTransitionTime);
});
