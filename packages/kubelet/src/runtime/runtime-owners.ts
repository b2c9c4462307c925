import type { ContainerRuntime } from "@dingi/cri";
import { readPodRuntime, type PodRuntime } from "./pod-runtime.ts";

/** Which pod a container or sandbox is of, so that the runtime's events find their pod. */
export class RuntimeOwners {
  readonly #uidOf = new Map<string, string>();

  ownerOf(id: string): string | undefined {
    return this.#uidOf.get(id);
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
    return await readPodRuntime(cri, pod, signal, (id) => this.#uidOf.set(id, pod.uid));
  }

  forget(uid: string): void {
    for (const [id, owner] of this.#uidOf) if (owner === uid) this.#uidOf.delete(id);
  }
}
