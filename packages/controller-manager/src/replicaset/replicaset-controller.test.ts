import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import { Pod, ReplicaSet, type V1Pod, type V1ReplicaSet } from "@dingi/api";
import { newForbidden, type KindDefinition, type KubeObject } from "@dingi/apimachinery";
import type { ReconcileContext } from "@dingi/controller-runtime";
import { labelIndexes, type IndexFunction } from "@dingi/client";
import { ownershipIndexes } from "../claim.ts";
import { replicaSetController } from "./replicaset-controller.ts";

const rs: V1ReplicaSet = {
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: { name: "web", namespace: "ns", uid: "u" },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "i" }] } },
  },
  status: { replicas: 0 },
};

function refusal(cause?: string): Error {
  const error = newForbidden({ group: "", resource: "pods" }, "web-", "it is so");
  return Object.assign(error, {
    status: { ...error.status, details: { ...error.status.details, causes: cause ? [{ reason: cause }] : [] } },
  });
}

/** What a reconciliation whose pods are refused tells the world; rejects as it does. */
async function refused(error: Error): Promise<{ readonly calls: readonly string[]; readonly thrown?: unknown }> {
  const calls: string[] = [];
  const clock = new FakeClock();
  const context = {
    clock,
    cache: { get: () => rs, by: () => [], indexed: () => ({ by: () => [], count: () => 0, values: () => [] }) },
    client: {
      create: async () => {
        calls.push("create");
        throw error;
      },
      update: async (_kind: KindDefinition, { status }: V1ReplicaSet) =>
        void calls.push(`status ${JSON.stringify(status?.conditions?.map(({ reason }) => reason) ?? [])}`),
    },
    events: { event: (_about: object, _type: string, reason: string) => void calls.push(reason) },
  } as unknown as ReconcileContext;
  try {
    await replicaSetController(clock).reconcile({ namespace: "ns", name: "web" }, context);
    return { calls };
  } catch (thrown) {
    return { calls, thrown };
  }
}

test("a pod that is refused is told of and tried again", async () => {
  const { calls, thrown } = await refused(refusal());
  assert.deepEqual(calls, ["create", "FailedCreate", 'status ["FailedCreate"]']);
  assert.match(String(thrown), /it is so/);
});

test("in a namespace that is terminating nothing is said and nothing tried again", async () => {
  assert.deepEqual(await refused(refusal("NamespaceTerminating")), { calls: ["create", "status []"] });
});

const ownedBy = (kind: string, uid: string) => ({
  ownerReferences: [{ apiVersion: "apps/v1", kind, name: uid, uid, controller: true }],
});
const setOf = (uid: string, owner: object): V1ReplicaSet => ({
  ...rs,
  metadata: { name: uid, namespace: "ns", uid, ...owner },
  spec: { ...rs.spec, replicas: 1, selector: { matchLabels: { set: uid } } },
});
const podOn = (nodeName: string, set: string, name: string): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "ns", uid: name, labels: { set }, ...ownedBy("ReplicaSet", set) },
  spec: { containers: [], nodeName },
  status: { phase: "Running" },
});

/** Which pod of the set "new" is removed, among these sets and pods. */
async function removed(sets: readonly V1ReplicaSet[], pods: readonly V1Pod[]): Promise<readonly string[]> {
  const names: string[] = [];
  const clock = new FakeClock();
  const all = new Map<unknown, readonly KubeObject[]>([
    [ReplicaSet, sets],
    [Pod, pods],
  ]);
  const functions: Readonly<Record<string, IndexFunction<KubeObject>>> = { ...ownershipIndexes, ...labelIndexes };
  const by = (kind: unknown, index: string, value: string) =>
    all.get(kind)!.filter((object) => functions[index]!(object).includes(value));
  const context = {
    clock,
    cache: {
      get: () => sets.find(({ metadata }) => metadata.uid === "new"),
      by,
      indexed: (kind: unknown) => ({
        by: (index: string, value: string) => by(kind, index, value),
        count: (index: string, value: string) => by(kind, index, value).length,
      }),
    },
    client: {
      delete: async (_kind: KindDefinition, { name }: { name: string }) => void names.push(name),
      update: async () => {},
    },
    events: { event: () => {} },
  } as unknown as ReconcileContext;
  await replicaSetController(clock).reconcile({ namespace: "ns", name: "new" }, context);
  return names;
}

test("of its pods that one goes which is beside the most pods of sets of the same owner", async () => {
  const owner = ownedBy("Deployment", "web");
  const own = [podOn("a", "new", "first"), podOn("b", "new", "second")];
  const others = (set: string) => [podOn("b", set, "x"), podOn("b", set, "y")];
  const sets = (sibling: object) => [setOf("new", owner), setOf("old", sibling)];
  assert.deepEqual(await removed(sets(owner), [...own, ...others("old")]), ["second"]);
  const elsewhere = [podOn("a", "old", "x"), podOn("a", "old", "y")];
  assert.deepEqual(await removed(sets(owner), [...own, ...elsewhere]), ["first"]);
  // Of another owner's sets nothing matters.
  assert.deepEqual(await removed(sets(ownedBy("Deployment", "db")), [...own, ...others("old")]), ["first"]);
});
