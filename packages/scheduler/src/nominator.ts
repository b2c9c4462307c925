import type { V1Pod } from "@dingi/api";

const NONE: readonly V1Pod[] = [];

/** Pods that wait for a node on which room is being made for them. Upstream: pkg/scheduler/backend/queue/nominator.go */
export class Nominator {
  readonly #nodes = new Map<string, Map<string, V1Pod>>();
  readonly #nodeOf = new Map<string, string>();

  nodeOf(uid: string): string | undefined {
    return this.#nodeOf.get(uid);
  }

  on(node: string): readonly V1Pod[] {
    const pods = this.#nodes.get(node);
    return pods ? [...pods.values()] : NONE;
  }

  set(pod: V1Pod, node: string): void {
    const uid = pod.metadata.uid ?? "";
    this.delete(uid);
    this.#nodeOf.set(uid, node);
    const pods = this.#nodes.get(node) ?? new Map<string, V1Pod>();
    this.#nodes.set(node, pods.set(uid, pod));
  }

  /** What the API server shows of a pod without a node. What was decided here is ahead of it until it shows a change. */
  observe(after: V1Pod, before: V1Pod | undefined): void {
    const uid = after.metadata.uid ?? "";
    const shown = after.status.nominatedNodeName;
    const taken = !shown && before?.status.nominatedNodeName;
    if (taken) return this.delete(uid);
    const node = shown || this.#nodeOf.get(uid);
    if (node) this.set(after, node);
  }

  delete(uid: string): void {
    const node = this.#nodeOf.get(uid);
    if (node === undefined) return;
    this.#nodeOf.delete(uid);
    const pods = this.#nodes.get(node);
    pods?.delete(uid);
    if (pods?.size === 0) this.#nodes.delete(node);
  }
}
