import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod, V1PodStatus } from "@dingi/api";
import type { Client } from "@dingi/client";
import { FakeClock, silentLogger } from "@dingi/base";
import { StatusManager } from "./status-manager.ts";

const POD = { metadata: { name: "p", namespace: "default", uid: "u" }, spec: {}, status: {} } as unknown as V1Pod;

test("a status that cannot be written is tried again, less and less often, and is the newest in the end", async () => {
  const clock = new FakeClock(0);
  const times: number[] = [];
  const written: V1PodStatus[] = [];
  let isAway = true;
  const patch = async (_kind: unknown, _key: unknown, { status }: { status: V1PodStatus }) => {
    times.push(clock.now());
    if (isAway) throw new Error("away");
    written.push(status);
  };
  const statuses = new StatusManager({ patch } as unknown as Client, clock, silentLogger);
  statuses.set(POD, { phase: "Pending" });
  await clock.advance(300_000);
  assert.deepEqual(times.slice(0, 6), [0, 1000, 3000, 7000, 15_000, 25_000]);
  assert.equal(times.length, 33);
  statuses.set(POD, { phase: "Running" });
  isAway = false;
  await clock.advance(10_000);
  assert.deepEqual(written, [{ phase: "Running" }]);

  isAway = true;
  statuses.set(POD, { phase: "Failed" });
  await clock.advance(1000);
  assert.equal(times.at(-1)! - times.at(-2)!, 1000, "what has been written begins anew");
  isAway = false;
  await clock.advance(10_000);
  await statuses.flushed("u");
});
