import { isDns1123Label, type FieldPath } from "@dingi/apimachinery";
import type { V1Pod, V1PodTemplateSpec } from "./pod.gen.ts";

export function podWarnings({ metadata }: V1Pod): string[] {
  const problems = isDns1123Label(metadata.name ?? "");
  if (problems.length === 0) return [];
  return [
    `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${problems.join(" ")}]`,
  ];
}

export function podTemplateWarnings(
  _template: V1PodTemplateSpec,
  _field: FieldPath,
  _old?: V1PodTemplateSpec,
): string[] {
  return [];
}
