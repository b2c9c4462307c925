import { keyOf, keyString, type KindDefinition, type KubeObject, type V1OwnerReference } from "@dingi/apimachinery";

/** One object as the collector knows it. */
export interface GraphNode {
  readonly uid: string;
  readonly kind: KindDefinition;
  readonly key: string;
  readonly namespace: string;
  readonly object: KubeObject;
  readonly owners: readonly V1OwnerReference[];
}

/** Who owns whom, over all kinds. Upstream: pkg/controller/garbagecollector/graph.go */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  *dependents(uid: string): Iterable<GraphNode> {
    for (const dependent of this.#dependents.get(uid) ?? []) {
      const node = this.#nodes.get(dependent);
      if (node) yield node;
    }
  }

  set(kind: KindDefinition, object: KubeObject): void {
    const uid = object.metadata.uid ?? "";
    this.delete(uid);
    const owners = object.metadata.ownerReferences ?? [];
    const namespace = object.metadata.namespace ?? "";
    this.#nodes.set(uid, { uid, kind, key: keyString(keyOf(object)), namespace, object, owners });
    for (const owner of owners) {
      const set = this.#dependents.get(owner.uid) ?? new Set<string>();
      this.#dependents.set(owner.uid, set.add(uid));
    }
  }

  delete(uid: string): void {
    for (const owner of this.#nodes.get(uid)?.owners ?? []) {
      const set = this.#dependents.get(owner.uid);
      if (set?.delete(uid) && set.size === 0) this.#dependents.delete(owner.uid);
    }
    this.#nodes.delete(uid);
  }

  /** Of a kind that is not served any more. That its objects are gone is not known. */
  deleteKind(kind: KindDefinition): void {
    for (const node of this) if (node.kind === kind) this.delete(node.uid);
  }

  *[Symbol.iterator](): Iterator<GraphNode> {
    yield* this.#nodes.values();
  }
}
