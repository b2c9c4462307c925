import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { FakeClock } from "@dingi/base";
import type { ReconcileContext, Result, Watch } from "@dingi/controller-runtime";
import { terminatedPodsCollector } from "./terminated-pods.ts";

const podOf = (name: string, phase?: string): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "ns", name, uid: name, creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { containers: [] },
  status: phase === undefined ? {} : { phase },
});

/** What a controller does with pods that its index gives. */
function world(threshold: number) {
  const clock = new FakeClock();
  const controller = terminatedPodsCollector({ threshold });
  const [watch] = controller.watches as unknown as readonly Watch<V1Pod>[];
  const [index] = controller.indexes as unknown as readonly { values(pod: V1Pod): readonly string[] }[];
  const state = { pods: [] as V1Pod[], calls: [] as string[], reads: 0 };
  const context = {
    clock,
    cache: {
      by: () => {
        state.reads++;
        return state.pods.filter((pod) => index!.values(pod).length > 0);
      },
    },
    client: {
      patch: async (_kind: unknown, { name }: { name: string }) => void state.calls.push(`patch ${name}`),
      delete: async (_kind: unknown, { name }: { name: string }) => {
        state.calls.push(`delete ${name}`);
        state.pods = state.pods.filter(({ metadata }) => metadata.name !== name);
      },
    },
  } as unknown as ReconcileContext;
  return {
    clock,
    state,
    wakes: (pod: V1Pod) => [...watch!.keys(pod, context)].length > 0,
    look: async (): Promise<Result> => await controller.reconcile({ namespace: "", name: "terminated" }, context),
  };
}

test("of pods that have ended, as many as are too many are taken away, by age and name", async () => {
  const { state, look } = world(2);
  state.pods = [
    podOf("d", "Succeeded"),
    podOf("runs", "Running"),
    podOf("a", "Failed"),
    podOf("c"),
    podOf("b", "Failed"),
  ];
  await look();
  assert.deepEqual(state.calls, ["delete a", "delete b"]);
});

test("pods that have ended are counted every twenty seconds at most", async () => {
  const { state, clock, look } = world(1);
  await look();
  state.pods = [podOf("a", "Failed"), podOf("b", "Failed")];
  await clock.advance(5_000);
  assert.deepEqual(await look(), { requeueAfterMs: 15_000 });
  assert.equal(state.reads, 1);
  await clock.advance(15_000);
  await look();
  assert.deepEqual(state.calls, ["delete a"]);
});

test("only pods that have ended are looked at, and none where none are too many", () => {
  const some = world(1);
  for (const [phase, wakes] of [
    ["Failed", true],
    ["Succeeded", true],
    ["Running", false],
    ["Pending", false],
  ] as const)
    assert.equal(some.wakes(podOf("a", phase)), wakes, phase);
  assert.equal(world(0).wakes(podOf("a", "Failed")), false);
});
