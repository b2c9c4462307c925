import { LruMap } from "@dingi/base";

interface Sample {
  readonly timeMs: number;
  readonly coreNanoSeconds: number;
  /** Worked out with the sample before. */
  readonly nanoCores: number | undefined;
}

const MAX_KNOWN = 4096;
/** What lies closer together tells more of how the clock is read than of what is used. */
const MIN_APART_MS = 500;
const NANO_SECONDS_PER_MS = 1_000_000;

/** How much of a processor is used now, where a runtime only says how much was used altogether. */
export class NanoCores {
  readonly #samples = new LruMap<string, Sample>(MAX_KNOWN);

  /** Undefined until it has been asked twice. Upstream: pkg/kubelet/stats/cri_stats_provider.go#getAndUpdateContainerUsageNanoCores */
  of(id: string, now: { readonly timeMs: number; readonly coreNanoSeconds: number }): number | undefined {
    const before = this.#samples.get(id);
    const apartMs = before ? now.timeMs - before.timeMs : 0;
    if (before && apartMs < MIN_APART_MS) return before.nanoCores;
    const used = before ? now.coreNanoSeconds - before.coreNanoSeconds : -1;
    const nanoCores = used < 0 ? undefined : Math.round((used / (apartMs * NANO_SECONDS_PER_MS)) * 1e9);
    this.#samples.set(id, { ...now, nanoCores });
    return nanoCores;
  }
}
