import { path, type FieldPath } from "@dingi/apimachinery";
import type { V1IPBlock, V1NetworkPolicyPeer, V1NetworkPolicyPort, V1NetworkPolicySpec } from "./networkpolicy.gen.ts";

/** A rule of either direction, with the ends that are not the chosen pods. */
interface PolicyRule {
  readonly field: FieldPath;
  readonly ports: readonly V1NetworkPolicyPort[];
  readonly peers: readonly V1NetworkPolicyPeer[];
  readonly peersField: FieldPath;
}

/** Ingress first, as upstream looks at them. */
export function rulesOf({ ingress = [], egress = [] }: V1NetworkPolicySpec): PolicyRule[] {
  const [into, outOf] = [path("spec", "ingress"), path("spec", "egress")];
  return [
    ...ingress.map(({ ports = [], from = [] }, i) => ({
      field: into.index(i),
      ports,
      peers: from,
      peersField: into.index(i).child("from"),
    })),
    ...egress.map(({ ports = [], to = [] }, i) => ({
      field: outOf.index(i),
      ports,
      peers: to,
      peersField: outOf.index(i).child("to"),
    })),
  ];
}

interface PlacedBlock {
  readonly block: V1IPBlock;
  readonly field: FieldPath;
}

export function ipBlocksOf(spec: V1NetworkPolicySpec): PlacedBlock[] {
  return rulesOf(spec).flatMap(({ peers, peersField }) =>
    peers.flatMap(({ ipBlock }, i) =>
      ipBlock ? [{ block: ipBlock, field: peersField.index(i).child("ipBlock") }] : [],
    ),
  );
}
