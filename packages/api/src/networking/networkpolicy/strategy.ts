import { cidrWarnings, semanticEqual, type Strategy } from "@dingi/apimachinery";
import type { V1NetworkPolicy } from "./networkpolicy.gen.ts";
import { ipBlocksOf } from "./peers.ts";
import { validateNetworkPolicy, validateNetworkPolicyUpdate } from "./validation.ts";

/** Upstream: pkg/registry/networking/networkpolicy/strategy.go */
export const strategy: Strategy<V1NetworkPolicy> = {
  prepareForCreate({ metadata }) {
    metadata.generation = 1;
  },
  prepareForUpdate({ metadata, spec }, old) {
    if (!semanticEqual(spec, old.spec)) metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: validateNetworkPolicy,
  validateUpdate: validateNetworkPolicyUpdate,
  warningsOnCreate: blockWarnings,
  warningsOnUpdate: blockWarnings,
};

function blockWarnings({ spec }: V1NetworkPolicy): string[] {
  return ipBlocksOf(spec).flatMap(({ block: { cidr = "", except = [] }, field }) => [
    ...cidrWarnings(cidr, field.child("cidr")),
    ...except.flatMap((part, i) => cidrWarnings(part, field.child("except").index(i))),
  ]);
}
