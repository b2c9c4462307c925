import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import type { V1EndpointSlice } from "@dingi/api";
import type { ControllerCache } from "@dingi/controller-runtime";
import { SliceTracker } from "./slice-tracker.ts";

const clock = new FakeClock();
const service = { namespace: "ns", name: "web" };
const sliceOf = (uid: string, generation = 1): V1EndpointSlice => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { namespace: "ns", name: uid, uid, generation },
  addressType: "IPv4",
  endpoints: [],
  ports: [],
});
const cacheOf = (...slices: V1EndpointSlice[]) =>
  ({
    get: (_kind: unknown, { name }: { name: string }) => slices.find(({ metadata }) => metadata.name === name),
  }) as unknown as ControllerCache;

test("is behind until it shows what was made, changed and removed", () => {
  const tracker = new SliceTracker();
  assert.equal(tracker.isStale(service, [], clock), false);
  tracker.wrote(service, sliceOf("a"), clock);
  assert.equal(tracker.isStale(service, [], clock), true);
  assert.equal(tracker.isStale(service, [sliceOf("a")], clock), false);
  tracker.wrote(service, sliceOf("a", 2), clock);
  assert.equal(tracker.isStale(service, [sliceOf("a")], clock), true);
  assert.equal(tracker.isStale(service, [sliceOf("a", 3)], clock), false);
  tracker.removed(service, sliceOf("a"), clock);
  assert.equal(tracker.isStale(service, [sliceOf("a", 3)], clock), true);
  assert.equal(tracker.isStale(service, [], clock), false);
});

test("does not wait for what somebody else removed", () => {
  const tracker = new SliceTracker();
  tracker.wrote(service, sliceOf("a"), clock);
  tracker.observe(service, sliceOf("a"), cacheOf(sliceOf("a")));
  assert.equal(tracker.isStale(service, [], clock), true);
  tracker.observe(service, sliceOf("a"), cacheOf());
  assert.equal(tracker.isStale(service, [], clock), false);
});

test("does not wait for ever", async () => {
  const tracker = new SliceTracker();
  tracker.wrote(service, sliceOf("a"), clock);
  await clock.advance(31_000);
  assert.equal(tracker.isStale(service, [], clock), false);
});
