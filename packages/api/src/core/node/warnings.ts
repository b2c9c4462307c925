import { cidrWarnings, path } from "@dingi/apimachinery";
import type { V1Node } from "./node.gen.ts";

/** Upstream: pkg/registry/core/node/strategy.go#nodeWarnings */
export function nodeWarnings({ spec }: V1Node): string[] {
  return [
    ...(spec.configSource ? ["spec.configSource: the feature is removed"] : []),
    ...(spec.externalID ? ["spec.externalID: this field is deprecated, and is unused by Kubernetes"] : []),
    ...(spec.podCIDRs ?? []).flatMap((cidr, i) => cidrWarnings(cidr, path("spec", "podCIDRs").index(i))),
  ];
}
