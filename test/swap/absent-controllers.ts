import { SERVED_KINDS } from "./existing-kinds.ts";

/** Upstream's controllers that have nothing to do, and never begin, where a kind is missing. */
const NEED: Readonly<Record<string, string>> = {
  "cronjob-controller": "CronJob",
  "daemonset-controller": "DaemonSet",
  "device-taint-eviction-controller": "ResourceSlice",
  "disruption-controller": "PodDisruptionBudget",
  "ephemeral-volume-controller": "PersistentVolumeClaim",
  "horizontal-pod-autoscaler-controller": "HorizontalPodAutoscaler",
  "job-controller": "Job",
  "persistentvolume-attach-detach-controller": "VolumeAttachment",
  "persistentvolume-binder-controller": "PersistentVolume",
  "persistentvolume-expander-controller": "PersistentVolumeClaim",
  "persistentvolume-protection-controller": "PersistentVolume",
  "persistentvolumeclaim-protection-controller": "PersistentVolumeClaim",
  "podcertificaterequest-cleaner-controller": "PodCertificateRequest",
  "replicationcontroller-controller": "ReplicationController",
  "resourceclaim-controller": "ResourceClaim",
  "resourcequota-controller": "ResourceQuota",
  "service-cidr-controller": "ServiceCIDR",
  "statefulset-controller": "StatefulSet",
  "storage-version-migrator-controller": "StorageVersionMigration",
  "ttl-after-finished-controller": "Job",
  "validatingadmissionpolicy-status-controller": "ValidatingAdmissionPolicy",
  "volumeattributesclass-protection-controller": "VolumeAttributesClass",
};

interface AbsentController {
  /** As upstream's `--controllers` names it. */
  readonly name: string;
  /** The kind for want of which it is switched off. */
  readonly kind: string;
}

/** Those to switch off in our cluster; fewer with each kind that is added. */
export function absentControllers(existing: ReadonlySet<string> = SERVED_KINDS): readonly AbsentController[] {
  return Object.entries(NEED)
    .filter(([, kind]) => !existing.has(kind))
    .map(([name, kind]) => ({ name, kind }));
}

/** "--controllers=*,-job-controller" */
export function controllersFlag(absent: readonly AbsentController[]): string {
  return `--controllers=${["*", ...absent.map(({ name }) => `-${name}`)].join(",")}`;
}
