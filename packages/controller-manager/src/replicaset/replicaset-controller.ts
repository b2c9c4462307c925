import { ReplicaSet, type V1ReplicaSet } from "@dingi/api";
import type { Clock } from "@dingi/base";
import type { ControllerDefinition } from "@dingi/controller-runtime";
import { replicasController, type ReplicasKind } from "./replicas-controller.ts";

const REPLICAS: ReplicasKind<V1ReplicaSet> = {
  name: "replicaset-controller",
  serviceAccount: "replicaset-controller",
  kind: ReplicaSet,
  asReplicaSet: (rs) => rs,
  withStatus: (rs, status) => ({ ...rs, status }),
};

export function replicaSetController(clock: Clock): ControllerDefinition {
  return replicasController(REPLICAS, clock);
}
