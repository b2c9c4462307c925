import { builtinKinds } from "@dingi/api";
import type { KindDefinition, V1OwnerReference } from "@dingi/apimachinery";
import type { GraphNode } from "./owner-graph.ts";

/** The kind that a reference names, if it is served in the version that it names. */
export function kindOf({ apiVersion, kind }: V1OwnerReference): KindDefinition | undefined {
  return builtinKinds.find((candidate) => candidate.kind === kind && candidate.versions[apiVersion]);
}

/** A reference has no namespace: an owner is in that of its dependent, or in none. */
export function isInReach(owner: GraphNode, dependent: GraphNode): boolean {
  return owner.namespace === "" || owner.namespace === dependent.namespace;
}

/** Whether a reference says of the object with its uid what is true. Upstream: pkg/controller/garbagecollector/graph.go#ownerReferenceMatchesCoordinates */
export function isTrueOf(reference: V1OwnerReference, owner: GraphNode): boolean {
  return (
    reference.uid === owner.uid &&
    reference.name === owner.object.metadata.name &&
    reference.kind === owner.kind.kind &&
    owner.kind.versions[reference.apiVersion] !== undefined
  );
}

/** What is told of a reference to an owner in another namespace. */
export function describeReference({ apiVersion, kind, name, uid }: V1OwnerReference, namespace: string): string {
  return `ownerRef [${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}] does not exist in namespace ${JSON.stringify(namespace)}`;
}
