import type { V1Pod } from "@dingi/api";
import type { PodIndex } from "./node-info.ts";

/** How many pods on nodes name each claim. Upstream: pkg/scheduler/backend/cache/snapshot.go#IsPVCUsedByPods */
export class ClaimUses implements PodIndex {
  readonly #counts = new Map<string, number>();

  /** @param key "ns/name" */
  has(key: string): boolean {
    return this.#counts.has(key);
  }

  add(pod: V1Pod): void {
    this.#change(pod, 1);
  }

  remove(pod: V1Pod): void {
    this.#change(pod, -1);
  }

  #change({ metadata, spec }: V1Pod, by: 1 | -1): void {
    for (const { persistentVolumeClaim } of spec.volumes ?? []) {
      if (!persistentVolumeClaim) continue;
      const key = `${metadata.namespace}/${persistentVolumeClaim.claimName}`;
      const count = (this.#counts.get(key) ?? 0) + by;
      if (count > 0) this.#counts.set(key, count);
      else this.#counts.delete(key);
    }
  }
}
