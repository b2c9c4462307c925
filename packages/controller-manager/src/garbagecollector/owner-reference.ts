import type { V1OwnerReference } from "@dingi/apimachinery";
import type { RestMapper } from "@dingi/client";
import type { GraphNode } from "./owner-graph.ts";

/** A reference has no namespace: an owner is in that of its dependent, or in none. */
export function isInReach(owner: GraphNode, dependent: GraphNode): boolean {
  return owner.namespace === "" || owner.namespace === dependent.namespace;
}

/** Whether a reference says of the object with its uid what is true. Upstream: pkg/controller/garbagecollector/graph.go#ownerReferenceMatchesCoordinates */
export function isTrueOf(reference: V1OwnerReference, owner: GraphNode, served: RestMapper): boolean {
  return (
    reference.uid === owner.uid &&
    reference.name === owner.object.metadata.name &&
    served.kindOf(reference.apiVersion, reference.kind) === owner.kind
  );
}

/** What is told of a reference to an owner in another namespace. */
export function describeReference({ apiVersion, kind, name, uid }: V1OwnerReference, namespace: string): string {
  return `ownerRef [${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}] does not exist in namespace ${JSON.stringify(namespace)}`;
}
