import type { V1PersistentVolume, V1PersistentVolumeClaim, V1StorageClass } from "@dingi/api";

type Annotations = Readonly<Record<string, string>>;

export interface ClaimFixture {
  readonly annotations?: Annotations;
  readonly spec?: V1PersistentVolumeClaim["spec"];
  readonly status?: V1PersistentVolumeClaim["status"];
}

/** "ns/claim", which asks for 1Gi of the class "fast". */
export function claimWith({ annotations = {}, spec = {}, status = {} }: ClaimFixture = {}): V1PersistentVolumeClaim {
  return {
    metadata: { namespace: "ns", name: "claim", uid: "claim-uid", annotations },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      storageClassName: "fast",
      ...spec,
    },
    status: { phase: "Pending", ...status },
  };
}

interface VolumeFixture {
  readonly metadata?: Partial<V1PersistentVolume["metadata"]>;
  readonly spec?: V1PersistentVolume["spec"];
  readonly status?: V1PersistentVolume["status"];
}

/** Of 1Gi and the class "fast", which nobody has. */
export function volumeWith(
  name: string,
  { metadata = {}, spec = {}, status = {} }: VolumeFixture = {},
): V1PersistentVolume {
  return {
    metadata: { name, ...metadata },
    spec: {
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: "1Gi" },
      storageClassName: "fast",
      persistentVolumeReclaimPolicy: "Retain",
      ...spec,
    },
    status: { phase: "Available", ...status },
  };
}

export const claimRef = (uid?: string) => ({ namespace: "ns", name: "claim", ...(uid === undefined ? {} : { uid }) });

export function classWith(
  name: string,
  volumeBindingMode = "Immediate",
  provisioner = "example.org/disk",
): V1StorageClass {
  return { metadata: { name }, provisioner, volumeBindingMode };
}
