import { isDns1123Label } from "@dingi/apimachinery";
import type { V1Pod } from "./pod.gen.ts";

export function podWarnings({ metadata }: V1Pod): string[] {
  const problems = isDns1123Label(metadata.name ?? "");
  if (problems.length === 0) return [];
  return [
    `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${problems.join(" ")}]`,
  ];
}
