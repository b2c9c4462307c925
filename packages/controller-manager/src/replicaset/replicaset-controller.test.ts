import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import type { V1ReplicaSet } from "@dingi/api";
import { newForbidden, type KindDefinition } from "@dingi/apimachinery";
import type { ReconcileContext } from "@dingi/controller-runtime";
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
