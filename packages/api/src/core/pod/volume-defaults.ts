import type { Draft } from "@dingi/apimachinery";
import { defaultClaimSpec } from "../persistentvolumeclaim/defaults.ts";
import { defaultPullPolicy } from "./image-reference.ts";
import type { V1DownwardAPIVolumeFile, V1ProjectedVolumeSource, V1Volume } from "./pod.gen.ts";

const DEFAULT_MODE = 0o644;
const TOKEN_SECONDS = 3600;

/** Upstream: pkg/apis/core/v1/defaults.go#SetDefaults_Volume and zz_generated.defaults.go */
export function defaultVolume(volume: Draft<V1Volume>): void {
  if (Object.keys(volume).every((key) => key === "name" || volume[key as keyof V1Volume] === undefined))
    volume.emptyDir = {};
  if (volume.image) volume.image.pullPolicy ||= defaultPullPolicy(volume.image.reference ?? "");
  if (volume.hostPath) volume.hostPath.type ??= "";
  if (volume.secret) volume.secret.defaultMode ??= DEFAULT_MODE;
  if (volume.configMap) volume.configMap.defaultMode ??= DEFAULT_MODE;
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= DEFAULT_MODE;
    defaultFiles(volume.downwardAPI.items);
  }
  if (volume.projected) defaultProjected(volume.projected);
  defaultRemoteSources(volume);
  if (volume.ephemeral?.volumeClaimTemplate) defaultClaimSpec(volume.ephemeral.volumeClaimTemplate.spec);
}

function defaultProjected(projected: Draft<V1ProjectedVolumeSource>): void {
  projected.defaultMode ??= DEFAULT_MODE;
  for (const source of projected.sources ?? []) {
    defaultFiles(source.downwardAPI?.items);
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= TOKEN_SECONDS;
  }
}

function defaultFiles(files: Draft<V1DownwardAPIVolumeFile>[] | undefined): void {
  for (const { fieldRef } of files ?? []) if (fieldRef) fieldRef.apiVersion ||= "v1";
}

type Lacking<T> = { [K in keyof T]?: T[K] | undefined };

/** Of sources that pods and persistent volumes have in common. */
interface RemoteSources {
  readonly iscsi?: { iscsiInterface?: string | undefined } | undefined;
  readonly rbd?: Lacking<typeof RBD> | undefined;
  readonly azureDisk?: Lacking<typeof AZURE_DISK> | undefined;
  readonly scaleIO?: Lacking<typeof SCALE_IO> | undefined;
}

export function defaultRemoteSources({ iscsi, rbd, azureDisk, scaleIO }: RemoteSources): void {
  if (iscsi) iscsi.iscsiInterface ||= "default";
  fill(rbd, RBD);
  fill(azureDisk, AZURE_DISK);
  fill(scaleIO, SCALE_IO);
}

const RBD = { pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" };
const AZURE_DISK = { cachingMode: "ReadWrite", fsType: "ext4", readOnly: false, kind: "Shared" };
const SCALE_IO = { storageMode: "ThinProvisioned", fsType: "xfs" };

/** Gives `object` those of `values` that it lacks. Empty text where there is no pointer is decoded as absent. */
function fill<T extends object>(object: Lacking<T> | undefined, values: T): void {
  if (object) Object.assign(object, { ...values, ...object });
}
