import { refuse, type NodeRequest } from "./node-request.ts";

export function checkLease({ node, attributes }: NodeRequest): void {
  if (attributes.namespace !== "kube-node-lease")
    throw refuse(attributes, 'can only access leases in the "kube-node-lease" system namespace');
  if (nameOf(attributes) !== node)
    throw refuse(attributes, "can only access node lease with the same name as the requesting node");
}

export function checkCsiNode({ node, attributes }: NodeRequest): void {
  if (nameOf(attributes) !== node)
    throw refuse(attributes, "can only access CSINode with the same name as the requesting node");
  if (attributes.subresource === "status") throw refuse(attributes, "CSIVolumeHealth feature gate is disabled");
}

function nameOf({ operation, name, object }: NodeRequest["attributes"]): string {
  return operation === "CREATE" ? (object?.metadata.name ?? "") : name;
}
