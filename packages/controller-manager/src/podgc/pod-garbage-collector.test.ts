import assert from "node:assert/strict";
import { test } from "node:test";
import { Node, type V1Pod } from "@dingi/api";
import { newNotFound } from "@dingi/apimachinery";
import { FakeClock } from "@dingi/base";
import type { ReconcileContext, Result } from "@dingi/controller-runtime";
import { podGarbageCollector } from "./pod-garbage-collector.ts";

const KEY = { namespace: "", name: "n" };
const podOf = (name: string, phase: string): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace: "ns", name, uid: name, generation: 2 },
  spec: { containers: [], nodeName: "n" },
  status: { phase },
});

const nodeOf = (ready: string, taints: readonly string[]) => ({
  spec: { taints: taints.map((key) => ({ key, effect: "NoExecute" })) },
  status: { conditions: [{ type: "Ready", status: ready }] },
});

class World {
  readonly clock = new FakeClock();
  readonly calls: string[] = [];
  pods = [podOf("running", "Running"), podOf("over", "Succeeded")];
  shown = false;
  node: object = nodeOf("True", []);
  exists = false;
  readonly #controller = podGarbageCollector();

  async look(): Promise<Result> {
    const context = {
      clock: this.clock,
      cache: {
        get: (kind: unknown) => (kind === Node && this.shown ? this.node : undefined),
        by: () => this.pods,
      },
      client: {
        get: async () => {
          this.calls.push("get");
          if (!this.exists) throw newNotFound({ group: "", resource: "nodes" }, "n");
          return {};
        },
        patch: async (_kind: unknown, { name }: { name: string }, { status }: { status: V1Pod["status"] }) =>
          void this.calls.push(
            `patch ${name} ${status.phase} ${status.conditions?.map(({ reason, observedGeneration }) => `${reason} ${observedGeneration}`)}`,
          ),
        delete: async (_kind: unknown, { name }: { name: string }, options: object) =>
          void this.calls.push(`delete ${name} ${JSON.stringify(options)}`),
      },
    } as unknown as ReconcileContext;
    return await this.#controller.reconcile(KEY, context);
  }
}

test("pods of a node that is not known are ended after forty seconds, once the server says that there is none", async () => {
  const world = new World();
  assert.deepEqual(await world.look(), { requeueAfterMs: 40_000 });
  await world.clock.advance(39_000);
  assert.deepEqual(await world.look(), { requeueAfterMs: 1000 });
  assert.deepEqual(world.calls, []);
  await world.clock.advance(1000);
  await world.look();
  assert.deepEqual(world.calls, [
    "get",
    "patch running Failed DeletionByPodGC 2",
    'delete running {"gracePeriodSeconds":0,"preconditions":{"uid":"running"}}',
    'delete over {"gracePeriodSeconds":0,"preconditions":{"uid":"over"}}',
  ]);
});

test("a node that the server knows is waited for again", async () => {
  const world = new World();
  await world.look();
  await world.clock.advance(40_000);
  world.exists = true;
  assert.deepEqual(await world.look(), { requeueAfterMs: 40_000 });
  assert.deepEqual(await world.look(), { requeueAfterMs: 40_000 });
  assert.deepEqual(world.calls, ["get"]);
});

test("who was there in between has forty seconds from then on", async () => {
  const world = new World();
  await world.look();
  await world.clock.advance(30_000);
  world.shown = true;
  assert.deepEqual(await world.look(), {});
  world.shown = false;
  await world.clock.advance(30_000);
  assert.deepEqual(await world.look(), { requeueAfterMs: 40_000 });
});

test("of a node that is out of service and not ready, the pods that are to go are ended, evicted and oldest first", async () => {
  const world = new World();
  world.shown = true;
  const going = (name: string, creationTimestamp: string, status: object = { phase: "Running" }) => {
    const pod = podOf(name, "Running");
    return { ...pod, metadata: { ...pod.metadata, creationTimestamp, deletionTimestamp: creationTimestamp }, status };
  };
  world.pods = [
    podOf("stays", "Running"),
    going("young", "2026-01-02T00:00:00Z"),
    going("old-b", "2026-01-01T00:00:00Z"),
    going("old-a", "2026-01-01T00:00:00Z"),
    going("evicted", "2026-01-03T00:00:00Z", { phase: "Failed", reason: "Evicted" }),
  ];
  const outOfService = ["node.kubernetes.io/out-of-service"];
  for (const node of [nodeOf("True", outOfService), nodeOf("False", ["node.kubernetes.io/not-ready"])]) {
    world.node = node;
    await world.look();
    assert.deepEqual(world.calls, []);
  }
  for (const ready of ["False", "Unknown"]) {
    world.calls.length = 0;
    world.node = nodeOf(ready, outOfService);
    await world.look();
    assert.deepEqual(
      world.calls.filter((call) => call.startsWith("delete")).map((call) => call.split(" ")[1]),
      ["evicted", "old-a", "old-b", "young"],
    );
    assert.ok(world.calls.includes("patch young Failed undefined"), "it failed, and nobody disrupted it");
  }
});
