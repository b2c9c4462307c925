import type { Draft } from "@dingi/apimachinery";
import { roundResources } from "../pod/resources.ts";
import { defaultRemoteSources } from "../pod/volume-defaults.ts";
import type { V1PersistentVolume, V1PersistentVolumeSpec } from "./persistentvolume.gen.ts";

/** Upstream: pkg/apis/core/v1/defaults.go#SetDefaults_PersistentVolume */
export function defaultPersistentVolume({ spec, status }: Draft<V1PersistentVolume>): void {
  status.phase ||= "Pending";
  spec.persistentVolumeReclaimPolicy ||= "Retain";
  spec.volumeMode ??= "Filesystem";
  defaultVolumeSource(spec);
}

/** Also of a volume that stands inside of another object. Upstream: pkg/apis/core/v1/zz_generated.defaults.go */
export function defaultVolumeSource(spec: Draft<V1PersistentVolumeSpec>): void {
  roundResources(spec.capacity);
  if (spec.hostPath) spec.hostPath.type ??= "";
  defaultRemoteSources(spec);
}
