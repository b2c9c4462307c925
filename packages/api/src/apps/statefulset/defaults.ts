import type { Draft } from "@dingi/apimachinery";
import { defaultPersistentVolumeClaim } from "../../core/persistentvolumeclaim/defaults.ts";
import type { V1PersistentVolumeClaim } from "../../core/persistentvolumeclaim/persistentvolumeclaim.gen.ts";
import { defaultPodTemplate } from "../../core/pod/defaults.ts";
import type {
  V1StatefulSet,
  V1StatefulSetPersistentVolumeClaimRetentionPolicy,
  V1StatefulSetUpdateStrategy,
} from "./statefulset.gen.ts";

/** Upstream: pkg/apis/apps/v1/defaults.go#SetDefaults_StatefulSet */
export function defaultStatefulSet(statefulSet: Draft<V1StatefulSet>): void {
  statefulSet.spec ??= { template: {}, serviceName: "" };
  statefulSet.status ??= { replicas: 0, availableReplicas: 0 };
  const { spec } = statefulSet;
  spec.podManagementPolicy ||= "OrderedReady";
  defaultUpdateStrategy((spec.updateStrategy ??= {}));
  defaultRetentionPolicy((spec.persistentVolumeClaimRetentionPolicy ??= {}));
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.template ??= {};
  defaultPodTemplate(spec.template);
  defaultClaims(spec.volumeClaimTemplates ?? []);
}

function defaultClaims(claims: Draft<V1PersistentVolumeClaim>[]): void {
  for (const claim of claims) {
    Object.assign(claim, { apiVersion: "v1", kind: "PersistentVolumeClaim" });
    defaultPersistentVolumeClaim(claim);
  }
}

function defaultRetentionPolicy(policy: Draft<V1StatefulSetPersistentVolumeClaimRetentionPolicy>): void {
  policy.whenDeleted ||= "Retain";
  policy.whenScaled ||= "Retain";
}

/** Whoever names the type may leave `rollingUpdate` out. */
function defaultUpdateStrategy(strategy: Draft<V1StatefulSetUpdateStrategy>): void {
  if (!strategy.type) {
    strategy.type = "RollingUpdate";
    strategy.rollingUpdate ??= {};
  }
  if (strategy.type !== "RollingUpdate" || !strategy.rollingUpdate) return;
  strategy.rollingUpdate.partition ??= 0;
  strategy.rollingUpdate.maxUnavailable ??= 1;
}
