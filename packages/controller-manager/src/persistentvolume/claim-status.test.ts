import assert from "node:assert/strict";
import { test } from "node:test";
import { BIND_COMPLETED, BOUND_BY_CONTROLLER } from "@dingi/api";
import { claimBoundTo, claimInPhase } from "./claim-status.ts";
import { claimWith, volumeWith } from "./storage-fixture.ts";

const VOLUME = volumeWith("pv", { spec: { capacity: { storage: "2Gi" }, volumeAttributesClassName: "gold" } });

test("a volume that the controller chose is marked as that, and one that the user named is not", () => {
  const chosen = claimBoundTo(claimWith(), VOLUME);
  assert.equal(chosen.spec.volumeName, "pv");
  assert.deepEqual(chosen.metadata.annotations, { [BOUND_BY_CONTROLLER]: "yes", [BIND_COMPLETED]: "yes" });
  const named = claimBoundTo(claimWith({ spec: { volumeName: "pv" } }), VOLUME);
  assert.deepEqual(named.metadata.annotations, { [BIND_COMPLETED]: "yes" });
});

test("what is bound is not bound again", () => {
  const once = claimBoundTo(claimWith(), VOLUME);
  assert.equal(claimBoundTo(once, VOLUME), once);
  const status = claimInPhase(once, "Bound", VOLUME);
  assert.equal(claimInPhase(status, "Bound", VOLUME), status);
});

test("a claim that is bound shows what its volume is like, and one that lost it nothing of that", () => {
  const bound = claimInPhase(claimWith(), "Bound", VOLUME);
  const shown = {
    phase: "Bound",
    accessModes: ["ReadWriteOnce"],
    capacity: { storage: "2Gi" },
    currentVolumeAttributesClassName: "gold",
  };
  assert.deepEqual(bound.status, shown);
  assert.deepEqual(claimInPhase(bound, "Lost").status, { phase: "Lost" });
});

test("a claim that is bound keeps its size until whoever makes it grow says so", () => {
  const bound = claimInPhase(claimWith(), "Bound", VOLUME);
  const grown = volumeWith("pv", { spec: { capacity: { storage: "9Gi" } } });
  assert.equal(claimInPhase(bound, "Bound", grown), bound);
  const growing = { annotations: { "volume.alpha.kubernetes.io/pre-resize-capacity": "2Gi" } };
  const volume = volumeWith("pv", { metadata: growing, spec: { capacity: { storage: "9Gi" } } });
  assert.deepEqual(claimInPhase(claimWith(), "Bound", volume).status.capacity, { storage: "2Gi" });
});

test("a claim that was lost and is found again keeps its attributes", () => {
  const lost = claimWith({ status: { phase: "Lost", currentVolumeAttributesClassName: "silver" } });
  assert.equal(claimInPhase(lost, "Bound", VOLUME).status.currentVolumeAttributesClassName, "silver");
});
