import { KeyedHeap } from "@dingi/base";
import type { ClusterEvent } from "../framework/cluster-event.ts";
import type { Plugin, QueueingHint } from "../framework/plugin.ts";
import type { QueuedPod } from "./queued-pod.ts";

/** However hopeless, a pod is tried again after this long. */
const MAX_UNSCHEDULABLE_MS = 5 * 60_000;

interface Interest {
  readonly plugin: string;
  readonly hint: QueueingHint;
}

/**
 * Pods that wait for something to happen, by the plugins that turned them down: an event goes to those only whom a plugin
 * that cares for it has turned down. Upstream: pkg/scheduler/backend/queue/unschedulable_entities.go#unschedulableEntities
 */
export class UnschedulablePods {
  readonly #byDeadline = new KeyedHeap<QueuedPod>({
    key: ({ uid }) => uid,
    before: (a, b) => a.backoffUntilMs < b.backoffUntilMs,
  });
  readonly #byPlugin = new Map<string, Set<QueuedPod>>();
  readonly #interests: ReadonlyMap<string, readonly Interest[]>;

  constructor(plugins: readonly Plugin[]) {
    const all = plugins.flatMap(({ name, hints = [] }) =>
      hints.flatMap((hint) =>
        hint.actions.map((action) => ({ about: `${hint.resource}/${action}`, plugin: name, hint })),
      ),
    );
    this.#interests = Map.groupBy(all, ({ about }) => about);
  }

  get size(): number {
    return this.#byDeadline.size;
  }

  get(uid: string): QueuedPod | undefined {
    return this.#byDeadline.get(uid);
  }

  add(queued: QueuedPod): void {
    this.#byDeadline.set(queued);
    for (const plugin of queued.rejectedBy) {
      const pods = this.#byPlugin.get(plugin) ?? new Set();
      this.#byPlugin.set(plugin, pods.add(queued));
    }
  }

  delete(uid: string): QueuedPod | undefined {
    const queued = this.#byDeadline.delete(uid);
    for (const plugin of queued?.rejectedBy ?? []) {
      const pods = this.#byPlugin.get(plugin);
      pods?.delete(queued!);
      if (pods?.size === 0) this.#byPlugin.delete(plugin);
    }
    return queued;
  }

  /** When the first has waited long enough, on the monotonic clock. */
  get nextDeadlineMs(): number {
    const first = this.#byDeadline.peek();
    return first ? first.backoffUntilMs + MAX_UNSCHEDULABLE_MS : Number.POSITIVE_INFINITY;
  }

  takeOverdue(nowMs: number): QueuedPod | undefined {
    return this.nextDeadlineMs <= nowMs ? this.delete(this.#byDeadline.peek()!.uid) : undefined;
  }

  /** Removes and returns those whom the event may help. */
  takeHelpedBy(event: ClusterEvent): QueuedPod[] {
    const helped = new Set<QueuedPod>();
    for (const { plugin, hint } of this.#interestsIn(event)) {
      for (const queued of this.#concerned(plugin, event))
        if (!helped.has(queued) && hint.worthTrying(queued.pod, event)) helped.add(queued);
    }
    for (const { uid } of helped) this.delete(uid);
    return [...helped];
  }

  /** Whether an event may help a pod that these plugins turned down. */
  isWorthTrying({ uid, pod, rejectedBy }: QueuedPod, event: ClusterEvent): boolean {
    if (event.resource === "TargetPod" && event.after?.metadata.uid !== uid) return false;
    return this.#interestsIn(event).some(({ plugin, hint }) => rejectedBy.has(plugin) && hint.worthTrying(pod, event));
  }

  #interestsIn({ resource, action }: ClusterEvent): readonly Interest[] {
    return this.#interests.get(`${resource}/${action}`) ?? [];
  }

  #concerned(plugin: string, event: ClusterEvent): Iterable<QueuedPod> {
    if (event.resource !== "TargetPod") return this.#byPlugin.get(plugin) ?? [];
    const own = this.get(event.after?.metadata.uid ?? "");
    return own?.rejectedBy.has(plugin) ? [own] : [];
  }
}
