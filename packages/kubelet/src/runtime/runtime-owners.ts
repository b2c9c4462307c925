import type { ContainerRuntime, RuntimeEvent } from "@dingi/cri";
import { readPodRuntime, type PodRuntime } from "./pod-runtime.ts";

/** Which pod a container or sandbox is of, so that the runtime's events find their pod. */
export class RuntimeOwners {
  readonly #uidOf = new Map<string, string>();

  ownerOf(id: string): string | undefined {
    return this.#uidOf.get(id);
  }

  /** The pods that have to be looked at. That something was started, who started it knows already. */
  concerned(events: readonly RuntimeEvent[]): ReadonlySet<string> {
    const ended = events.filter(({ type }) => type !== "started");
    return new Set(ended.flatMap(({ id }) => this.#uidOf.get(id) ?? []));
  }

  /** What has just been made is known before it can end. */
  own(id: string, uid: string): void {
    this.#uidOf.set(id, uid);
  }

  /**
   * Reads everything of one pod. Owners are known before the states are read: whatever ends afterwards tells its pod,
   * and what ended before is read as ended.
   */
  async read(
    cri: ContainerRuntime,
    pod: { uid: string; name: string; namespace: string },
    signal: AbortSignal,
  ): Promise<PodRuntime> {
    return await readPodRuntime(cri, pod, signal, (id) => this.own(id, pod.uid));
  }

  forget(uid: string): void {
    for (const [id, owner] of this.#uidOf) if (owner === uid) this.#uidOf.delete(id);
  }
}
