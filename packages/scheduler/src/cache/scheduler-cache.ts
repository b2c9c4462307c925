import { isPodPhaseTerminal, type V1Node, type V1Pod } from "@dingi/api";
import { NodeInfo } from "./node-info.ts";
import { GroupedPods } from "./pod-groups.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * What is where, decisions that are not yet bound included: an assumed pod counts from the moment it is decided until
 * the API server shows it bound, or binding fails. Upstream: pkg/scheduler/backend/cache/cache.go
 */
export class SchedulerCache implements Snapshot {
  readonly #nodes = new Map<string, NodeInfo>();
  readonly groups = new GroupedPods();
  /** How many nodes have each image. */
  readonly #images = new Map<string, number>();
  /** By uid: the node that a pod counts on. */
  readonly #placed = new Map<string, string>();
  readonly #assumed = new Set<string>();
  /** Pods on nodes that are not known yet. */
  readonly #homeless = new Map<string, Map<string, V1Pod>>();
  /** Made anew only after a node came or went. */
  #nodeList: readonly NodeInfo[] | undefined;

  get nodes(): readonly NodeInfo[] {
    this.#nodeList ??= [...this.#nodes.values()];
    return this.#nodeList;
  }

  node(name: string): NodeInfo | undefined {
    return this.#nodes.get(name);
  }

  nodesWithImage(image: string): number {
    return this.#images.get(image) ?? 0;
  }

  setNode(node: V1Node): void {
    const name = node.metadata.name ?? "";
    const known = this.#nodes.get(name);
    if (known) {
      this.#countImages(known, -1);
      known.setNode(node);
      return this.#countImages(known, 1);
    }
    const info = new NodeInfo(node, this.groups);
    for (const pod of this.#homeless.get(name)?.values() ?? []) info.addPod(pod);
    this.#homeless.delete(name);
    this.#nodes.set(name, info);
    this.#nodeList = undefined;
    this.#countImages(info, 1);
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name);
    if (!info) return;
    this.#nodes.delete(name);
    this.#nodeList = undefined;
    this.#countImages(info, -1);
    if (info.podCount === 0) return;
    this.#homeless.set(name, new Map([...info.pods].map((pod) => [pod.metadata.uid ?? "", pod])));
    for (const pod of info.pods) this.groups.remove(pod, info);
  }

  /** A pod that the API server shows on a node. */
  setPod(pod: V1Pod): void {
    const uid = pod.metadata.uid ?? "";
    this.#assumed.delete(uid);
    if (isPodPhaseTerminal(pod.status.phase)) return this.#remove(uid);
    this.#place(pod, pod.spec.nodeName ?? "");
  }

  removePod(uid: string): void {
    this.#assumed.delete(uid);
    this.#remove(uid);
  }

  assume(pod: V1Pod, node: string): void {
    this.#assumed.add(pod.metadata.uid ?? "");
    this.#place(pod, node);
  }

  forget(uid: string): void {
    if (this.#assumed.delete(uid)) this.#remove(uid);
  }

  isAssumed(uid: string): boolean {
    return this.#assumed.has(uid);
  }

  #place(pod: V1Pod, node: string): void {
    const uid = pod.metadata.uid ?? "";
    if (this.#placed.get(uid) !== node) this.#remove(uid);
    this.#placed.set(uid, node);
    const info = this.#nodes.get(node);
    if (info) return info.addPod(pod);
    const waiting = this.#homeless.get(node) ?? new Map<string, V1Pod>();
    this.#homeless.set(node, waiting.set(uid, pod));
  }

  #remove(uid: string): void {
    const node = this.#placed.get(uid);
    if (node === undefined) return;
    this.#placed.delete(uid);
    this.#nodes.get(node)?.removePod(uid);
    const waiting = this.#homeless.get(node);
    if (waiting?.delete(uid) && waiting.size === 0) this.#homeless.delete(node);
  }

  #countImages({ images }: NodeInfo, delta: 1 | -1): void {
    for (const image of images.keys()) {
      const count = this.nodesWithImage(image) + delta;
      if (count > 0) this.#images.set(image, count);
      else this.#images.delete(image);
    }
  }
}
