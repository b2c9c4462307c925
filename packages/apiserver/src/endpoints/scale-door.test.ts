import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment, V1Deployment } from "@dingi/api";
import { canonicalize, type Draft, type KubeObject } from "@dingi/apimachinery";
import type { AdmissionGate, AdmissionInput } from "../admission/gate.ts";
import { doorOf } from "./door-of.ts";

const INFO = {
  apiVersion: "apps/v1",
  resource: "deployments",
  subresource: "scale",
  name: "d",
  namespace: "n",
  verb: "update",
} as Parameters<typeof doorOf>[1];

const deployment = (replicas: number): KubeObject =>
  canonicalize(V1Deployment, {
    metadata: { name: "d", namespace: "n", uid: "u", resourceVersion: "7" },
    spec: { replicas, selector: { matchLabels: { a: "b" } }, template: {} },
  }) as KubeObject;

const replicasOf = (object: KubeObject | undefined): unknown =>
  (object as { spec?: { replicas?: number } }).spec?.replicas;

/** Remembers what it is asked, and lets everything through as `change` leaves it. */
function recordingGate(change: (object: Draft<KubeObject>) => void = () => {}) {
  const asked: string[] = [];
  const note = (step: string, { operation, object, oldObject, objectKind }: AdmissionInput): void =>
    void asked.push(
      `${step} ${operation} ${objectKind?.apiVersion} ${objectKind?.kind} ${replicasOf(oldObject)} to ${replicasOf(object)}`,
    );
  const gate: AdmissionGate = {
    admit: async (input) => {
      note("admit", input);
      change(input.object!);
    },
    validate: async (input) => note("validate", input),
  };
  return { gate, asked };
}

test("admission sees the Scale and the one before, never its parent", async () => {
  const door = doorOf(Deployment, INFO);
  const { gate, asked } = recordingGate((scale) => Object.assign(scale, { spec: { replicas: 4 } }));
  const scale = { metadata: { name: "d" }, spec: { replicas: 3 } } as Draft<KubeObject>;
  const parent = await door.store(scale, deployment(1), gate);
  assert.equal(replicasOf(parent), 4);
  const parents = door.gate(gate);
  await parents.admit({ operation: "UPDATE", object: parent, oldObject: deployment(1) });
  await parents.validate({ operation: "UPDATE", object: parent, oldObject: deployment(1) });
  assert.deepEqual(asked, ["admit UPDATE autoscaling/v1 Scale 1 to 3", "validate UPDATE autoscaling/v1 Scale 1 to 4"]);
});

test("what admission makes of a Scale is validated, and so is whose Scale it is", async () => {
  const door = doorOf(Deployment, INFO);
  const { gate } = recordingGate((scale) => Object.assign(scale, { spec: { replicas: -1 } }));
  const scale = { metadata: { name: "d" }, spec: { replicas: 3 } } as Draft<KubeObject>;
  await assert.rejects(() => door.store(scale, deployment(1), gate), {
    message: 'Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  });
  const other = { metadata: { name: "d", uid: "x" }, spec: { replicas: 3 } } as Draft<KubeObject>;
  await assert.rejects(() => door.store(other, deployment(1), recordingGate().gate), {
    message:
      'Operation cannot be fulfilled on deployments/scale.apps "d": Precondition failed: UID in precondition: x, UID in object meta: u',
  });
});
