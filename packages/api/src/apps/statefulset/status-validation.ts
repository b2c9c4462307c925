import { path, validateNonnegative, type FieldError } from "@dingi/apimachinery";
import { decrementErrors } from "../collision-count.ts";
import { atMost, MORE_THAN_ALL } from "../replicaset/validation.ts";
import type { V1StatefulSet } from "./statefulset.gen.ts";

const COUNTS = [
  "replicas",
  "readyReplicas",
  "currentReplicas",
  "updatedReplicas",
  "availableReplicas",
  "observedGeneration",
  "collisionCount",
] as const;
const PARTS = ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"] as const;
const FIELD = path("status");

/** Upstream: pkg/apis/apps/validation/validation.go#ValidateStatefulSetStatusUpdate */
export function validateStatefulSetStatus({ status }: V1StatefulSet, old: V1StatefulSet): FieldError[] {
  const available = FIELD.child("availableReplicas");
  return [
    ...COUNTS.flatMap((name) => validateNonnegative(status[name] ?? 0, FIELD.child(name))),
    ...PARTS.flatMap((name) => atMost(status[name] ?? 0, status.replicas, FIELD.child(name), MORE_THAN_ALL)),
    ...atMost(
      status.availableReplicas,
      status.readyReplicas ?? 0,
      available,
      "cannot be greater than status.readyReplicas",
    ),
    ...decrementErrors(status.collisionCount, old.status.collisionCount),
  ];
}
