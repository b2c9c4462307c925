import type { Draft } from "@dingi/apimachinery";
import { roundResources } from "../pod/resources.ts";
import type { V1PersistentVolumeClaim, V1PersistentVolumeClaimSpec } from "./persistentvolumeclaim.gen.ts";

/** Upstream: pkg/apis/core/v1/defaults.go#SetDefaults_PersistentVolumeClaim */
export function defaultPersistentVolumeClaim(claim: Draft<V1PersistentVolumeClaim>): void {
  claim.status ??= {};
  claim.status.phase ||= "Pending";
  claim.spec ??= {};
  defaultClaimSpec(claim.spec);
  roundResources(claim.status.capacity);
  roundResources(claim.status.allocatedResources);
}

/** Upstream: …#SetDefaults_PersistentVolumeClaimSpec */
export function defaultClaimSpec(spec: Draft<V1PersistentVolumeClaimSpec>): void {
  spec.volumeMode ??= "Filesystem";
  roundResources(spec.resources?.limits);
  roundResources(spec.resources?.requests);
}
