import type { FieldPath } from "@dingi/apimachinery";
import { claimSpecWarnings } from "../../persistentvolumeclaim/warnings.ts";
import type { V1Volume } from "../pod.gen.ts";
import { overlapWarnings } from "./overlaps.ts";

/** In the order in which upstream looks at one volume's types. */
const DEPRECATED_TYPES: readonly (readonly [keyof V1Volume, string])[] = [
  ["photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"],
  ["scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["flocker", "deprecated in v1.22, non-functional in v1.25+"],
  ["storageos", "deprecated in v1.22, non-functional in v1.25+"],
  ["quobyte", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["rbd", "deprecated in v1.28, non-functional in v1.31+"],
];

export function volumeWarnings(volumes: readonly V1Volume[], field: FieldPath): string[] {
  const warnings: string[] = [];
  for (const [i, volume] of volumes.entries()) {
    const at = field.index(i);
    for (const [type, text] of DEPRECATED_TYPES)
      if (volume[type]) warnings.push(`${at.child(type === "storageos" ? "storageOS" : type)}: ${text}`);
    warnings.push(...templateWarnings(volume, at));
  }
  for (const volume of volumes) warnings.push(...overlapWarnings(volume));
  return warnings;
}

function templateWarnings({ ephemeral }: V1Volume, field: FieldPath): string[] {
  const spec = ephemeral?.volumeClaimTemplate?.spec;
  return spec ? claimSpecWarnings(spec, field.child("ephemeral", "volumeClaimTemplate", "spec")) : [];
}
