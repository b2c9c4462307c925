import type { FieldPath } from "@dingi/apimachinery";
import { fractionWarnings } from "../pod/warnings/fractions.ts";
import type { V1PersistentVolumeClaimSpec } from "./persistentvolumeclaim.gen.ts";

const NAMES = ["storage"];

/** Upstream: pkg/api/persistentvolumeclaim/util.go#GetWarningsForPersistentVolumeClaimSpec */
export function claimSpecWarnings({ resources }: V1PersistentVolumeClaimSpec, field: FieldPath): string[] {
  const at = field.child("resources");
  return [
    ...fractionWarnings(resources?.requests, at.child("requests"), NAMES),
    ...fractionWarnings(resources?.limits, at.child("limits"), NAMES),
  ];
}
