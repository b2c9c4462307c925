import { ReplicationController, type V1ReplicaSet, type V1ReplicationController } from "@dingi/api";
import type { Clock } from "@dingi/base";
import type { ControllerDefinition } from "@dingi/controller-runtime";
import { replicasController, type ReplicasKind } from "../replicaset/replicas-controller.ts";

/** Of the older kind, which selects by labels alone. */
const REPLICAS: ReplicasKind<V1ReplicationController> = {
  name: "replicationcontroller-controller",
  serviceAccount: "replication-controller",
  kind: ReplicationController,
  asReplicaSet,
  withStatus: (rc, { terminatingReplicas: _unknown, ...status }) => ({ ...rc, status }),
};

/** Upstream: pkg/controller/replication/replication_controller.go */
export function replicationController(clock: Clock): ControllerDefinition {
  return replicasController(REPLICAS, clock);
}

/** Upstream: pkg/controller/replication/conversion.go */
function asReplicaSet({ metadata, spec, status }: V1ReplicationController): V1ReplicaSet {
  return { metadata, spec: { ...spec, selector: { matchLabels: spec.selector ?? {} } }, status };
}
