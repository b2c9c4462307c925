import type { Draft } from "@dingi/apimachinery";
import { defaultPodTemplate } from "../../core/pod/defaults.ts";
import type { V1ReplicaSet } from "./replicaset.gen.ts";

/** Upstream: pkg/apis/apps/v1/defaults.go#SetDefaults_ReplicaSet */
export function defaultReplicaSet(replicaSet: Draft<V1ReplicaSet>): void {
  replicaSet.spec ??= {};
  replicaSet.status ??= { replicas: 0 };
  replicaSet.spec.replicas ??= 1;
  replicaSet.spec.template ??= {};
  defaultPodTemplate(replicaSet.spec.template);
}
