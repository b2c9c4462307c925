import { isDns1123Label, type KubeObject } from "@dingi/apimachinery";

/** A name that Pods' names begin with. Upstream: pkg/registry/apps/replicaset/strategy.go#WarningsOnCreate */
export function podNameWarnings({ metadata }: KubeObject): string[] {
  const problems = isDns1123Label(metadata.name ?? "");
  if (problems.length === 0) return [];
  const text =
    "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended";
  return [`metadata.name: ${text}: [${problems.join(" ")}]`];
}
