import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1PersistentVolumeClaim, V1Pod } from "@dingi/api";
import { keepsClaim, usesClaim } from "./claim-uses.ts";
import { planProtection } from "./finalizer.ts";

const owned = (uid: string) => [{ apiVersion: "v1", kind: "Pod", name: "p", uid, controller: true }];
const claimOf = (name: string, ownerReferences = owned("p")): V1PersistentVolumeClaim => ({
  metadata: { namespace: "ns", name, ownerReferences },
  spec: {},
  status: {},
});
const podOf = (more: { metadata?: object; spec?: object; status?: object } = {}): V1Pod => ({
  metadata: { namespace: "ns", name: "p", uid: "p", ...more.metadata },
  spec: {
    containers: [],
    nodeName: "n",
    volumes: [
      { name: "data", persistentVolumeClaim: { claimName: "data" } },
      { name: "own", ephemeral: {} },
    ],
    ...more.spec,
  },
  status: { phase: "Running", ...more.status },
});
const DELETED = { deletionTimestamp: "2026-01-01T00:00:00Z" };
const SHUT_DOWN = { ...DELETED, deletionGracePeriodSeconds: 0 };
const state = (of: object) => [{ name: "c", state: of }];

/** Whether the pod keeps its claim and its ephemeral claim from being deleted, and whether it uses them. */
const CASES: Readonly<Record<string, readonly [V1Pod, string, string]>> = {
  "on its node": [podOf(), "data own", "data own"],
  "without a node": [podOf({ spec: { nodeName: undefined } }), "", "data own"],
  "that has succeeded": [podOf({ status: { phase: "Succeeded" } }), "data own", ""],
  "that is going, and runs": [
    podOf({ metadata: DELETED, status: { containerStatuses: state({ running: {} }) } }),
    "data own",
    "data own",
  ],
  "that is going, with a sidecar that runs": [
    podOf({
      metadata: DELETED,
      status: { containerStatuses: state({ terminated: {} }), initContainerStatuses: state({ running: {} }) },
    }),
    "data own",
    "data own",
  ],
  "that is going, and runs no more": [
    podOf({ metadata: DELETED, status: { containerStatuses: state({ terminated: {} }) } }),
    "data own",
    "",
  ],
  "that is shut down": [podOf({ metadata: SHUT_DOWN }), "data", ""],
};
for (const [what, [pod, kept, used]] of Object.entries(CASES))
  test(`a pod ${what}`, () => {
    const claims = { data: claimOf("data"), own: claimOf("p-own") };
    const those = (uses: typeof keepsClaim) =>
      Object.entries(claims).flatMap(([name, claim]) => (uses(pod, claim) ? [name] : []));
    assert.deepEqual([those(keepsClaim).join(" "), those(usesClaim).join(" ")], [kept, used]);
  });

test("a claim by the name of an ephemeral one that was not made for the pod is not its own", () => {
  assert.equal(keepsClaim(podOf(), claimOf("p-own", owned("other"))), false);
  assert.equal(usesClaim(podOf(), claimOf("p-own", owned("other"))), false);
});

test("a finalizer is put on what lacks it, and taken off only what is going", () => {
  const plan = (finalizers: string[], going: boolean) => planProtection({ finalizers, ...(going ? DELETED : {}) }, "f");
  assert.deepEqual(
    [plan([], false), plan(["f"], false), plan(["f"], true), plan(["other"], true)],
    ["add", "none", "remove if unused", "none"],
  );
});
