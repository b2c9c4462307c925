import assert from "node:assert/strict";
import { test } from "node:test";
import { Pod, type V1Pod } from "@dingi/api";
import { customKind, newNotFound, type AnyKind, type KindDefinition, type KubeObject } from "@dingi/apimachinery";
import { RestMapper } from "@dingi/client";
import type { ReconcileContext } from "@dingi/controller-runtime";
import { garbageCollector } from "./garbage-collector.ts";

const POD = Pod as unknown as AnyKind;
const Boat = customKind({ apiVersion: "example.org/v1", kind: "Boat", plural: "boats", scope: "Namespaced" });

interface Owner {
  readonly of: string;
  readonly blocks?: boolean;
}

function podOf(name: string, owners: readonly Owner[], finalizers?: readonly string[]): V1Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "ns",
      uid: name,
      ownerReferences: owners.map(({ of, blocks = true }) => ({
        apiVersion: "v1",
        kind: "Pod",
        name: of,
        uid: of,
        controller: true,
        blockOwnerDeletion: blocks,
      })),
      ...(finalizers ? { finalizers: [...finalizers], deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: { containers: [] },
    status: {},
  };
}

/** What the collector writes when it looks at a pod, among these. */
async function written(uid: string, pods: readonly KubeObject[], kind = POD): Promise<string[]> {
  const calls: string[] = [];
  const find = ({ name }: { name: string }) => pods.find(({ metadata }) => metadata.name === name);
  const context = {
    kinds: { current: RestMapper.of([POD, Boat as unknown as AnyKind]) },
    cache: { get: (_kind: KindDefinition, key: { name: string }) => find(key) },
    client: {
      get: async (_kind: KindDefinition, key: { name: string }) => {
        const found = find(key);
        if (!found) throw newNotFound({ group: "", resource: "pods" }, key.name);
        return found;
      },
      patch: async (_kind: KindDefinition, { name }: { name: string }, patch: { metadata: object }) =>
        void calls.push(`patch ${name} ${JSON.stringify(patch.metadata)}`),
      delete: async (
        _kind: KindDefinition,
        { name }: { name: string },
        { propagationPolicy }: { propagationPolicy: string },
      ) => void calls.push(`delete ${name} ${propagationPolicy}`),
    },
  } as unknown as ReconcileContext;
  const { watchesAll, reconcile } = garbageCollector();
  for (const pod of pods) Array.from(watchesAll!.keys(kind, pod, context));
  await reconcile({ namespace: "", name: uid }, context);
  return calls;
}

const FOREGROUND = ["foregroundDeletion"];

/** The same of a kind that no type of Go stands behind. */
function asBoats(pods: readonly V1Pod[]): KubeObject[] {
  const text = JSON.stringify(pods).replaceAll('"Pod"', '"Boat"').replaceAll('"v1"', '"example.org/v1"');
  const boats = JSON.parse(text) as KubeObject[];
  return boats.map((boat) => ({ ...boat, metadata: { ...boat.metadata, resourceVersion: "7" } }));
}

test("owners of a custom kind are replaced as a whole, if nobody changes the object meanwhile", async () => {
  const boat = Boat as unknown as KindDefinition;
  const pods = [podOf("here", []), podOf("b", [{ of: "gone" }, { of: "here" }])];
  const kept =
    '{"apiVersion":"example.org/v1","kind":"Boat","name":"here","uid":"here","controller":true,"blockOwnerDeletion":true}';
  assert.deepEqual(await written("b", asBoats(pods), boat), [
    `patch b {"ownerReferences":[${kept}],"resourceVersion":"7","uid":"b"}`,
  ]);
  const circle = [
    podOf("a", [{ of: "c" }], FOREGROUND),
    podOf("b", [{ of: "a" }], FOREGROUND),
    podOf("c", [{ of: "b" }, { of: "b", blocks: false }]),
  ];
  const [first] = await written("b", asBoats(circle), boat);
  assert.match(
    first!,
    /^patch c \{"ownerReferences":\[\{[^}]*"blockOwnerDeletion":false\},\{[^}]*"blockOwnerDeletion":false\}\]/,
  );
  const orphaned = [podOf("o", [], ["orphan"]), podOf("d", [{ of: "o" }])];
  const [last] = await written("o", asBoats(orphaned), boat);
  assert.equal(last, 'patch d {"ownerReferences":null,"resourceVersion":"7","uid":"d"}');
});

test("deletes what a waiting owner waits for, in the foreground where it owns something itself", async () => {
  const pods = [podOf("a", [], FOREGROUND), podOf("b", [{ of: "a" }]), podOf("c", [{ of: "b" }])];
  assert.deepEqual(await written("a", pods), ["delete b Foreground"]);
  assert.deepEqual(await written("a", pods.slice(0, 2)), ["delete b Background"]);
});

test("breaks a circle of owners that wait for each other", async () => {
  const pods = [
    podOf("a", [{ of: "c" }], FOREGROUND),
    podOf("b", [{ of: "a" }], FOREGROUND),
    podOf("c", [{ of: "b" }]),
  ];
  assert.deepEqual(await written("b", pods), [
    'patch c {"ownerReferences":[{"uid":"b","blockOwnerDeletion":false}],"uid":"c"}',
    "delete c Foreground",
  ]);
  const unblocked = [...pods.slice(0, 2), podOf("c", [{ of: "b", blocks: false }], FOREGROUND)];
  assert.deepEqual(await written("b", unblocked), ['patch b {"finalizers":null}']);
});

test("keeps what has another owner, and takes the waiting one away", async () => {
  const pods = [podOf("a", [], FOREGROUND), podOf("other", []), podOf("b", [{ of: "a" }, { of: "other" }])];
  assert.deepEqual(await written("a", pods), ['patch b {"ownerReferences":[{"$patch":"delete","uid":"a"}],"uid":"b"}']);
});

test("deletes what lost all its owners", async () => {
  assert.deepEqual(await written("b", [podOf("b", [{ of: "gone" }])]), ["delete b Background"]);
});

test("keeps what lost one of its owners", async () => {
  const pods = [podOf("here", []), podOf("b", [{ of: "gone" }, { of: "here" }])];
  assert.deepEqual(await written("b", pods), [
    'patch b {"ownerReferences":[{"$patch":"delete","uid":"gone"}],"uid":"b"}',
  ]);
});
