import type { ContainerRuntime, Image } from "@dingi/cri";
import { describeError, type Clock, type Logger } from "@dingi/base";
import type { Host } from "../host/host.ts";

interface ImageCollectorOptions {
  readonly cri: ContainerRuntime;
  readonly host: Pick<Host, "usage">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names that no registry could give back. */
  readonly keep?: readonly string[];
  /** Images that pods mount as volumes, as they name them. */
  readonly mounted?: () => readonly string[];
}

const PERIOD_MS = 300_000;
const HIGH_PERCENT = 85;
const LOW_PERCENT = 80;
const MIN_AGE_MS = 120_000;

interface Seen {
  readonly sinceMs: number;
  lastUsedMs: number;
}

/** Removes images that no container uses when the disk fills up. Upstream: pkg/kubelet/images/image_gc_manager.go */
export class ImageCollector {
  readonly #options: ImageCollectorOptions;
  readonly #seen = new Map<string, Seen>();

  constructor(options: ImageCollectorOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    // What is there now is old enough when the first round comes.
    await this.#unused(signal).catch(() => []);
    while (!signal.aborted) {
      await clock.sleep(PERIOD_MS, signal).catch(() => {});
      if (signal.aborted) return;
      await this.collect(signal).catch((error: unknown) => {
        if (!signal.aborted) logger.warn("Unused images were not removed", { error: describeError(error) });
      });
    }
  }

  /** Removes what has not been used for longest first. Resolves to the names or ids of what was removed. */
  async collect(signal: AbortSignal): Promise<readonly string[]> {
    const { cri, host, logger } = this.#options;
    const unused = await this.#unused(signal);
    const { fsCapacityBytes: capacity, fsAvailableBytes: available } = await host.usage();
    if (capacity <= 0 || percentUsed(capacity, available) < HIGH_PERCENT) return [];
    let toFree = (capacity * (100 - LOW_PERCENT)) / 100 - available;
    const removed: string[] = [];
    for (const image of unused) {
      if (toFree <= 0) break;
      await cri.images.removeImage({ image: image.id }, { signal });
      this.#seen.delete(image.id);
      removed.push(image.repoTags[0] ?? image.id);
      toFree -= image.size;
    }
    if (removed.length > 0) logger.info("Removed unused images", { images: removed });
    if (toFree > 0) logger.warn("Disk is nearly full, and there are no more unused images", { bytesWanted: toFree });
    return removed;
  }

  /** Those that may go, and have been known for long enough; the longest unused first. */
  async #unused(signal: AbortSignal): Promise<readonly Image[]> {
    const { cri, clock, keep = [] } = this.#options;
    const now = clock.monotonic();
    const [images, containers] = await Promise.all([
      cri.images.listImages({}, { signal }),
      cri.runtime.listContainers({}, { signal }),
    ]);
    const used = new Set(containers.flatMap(({ imageRef, imageId, image }) => [imageRef, imageId, image.image]));
    for (const reference of new Set(this.#options.mounted?.() ?? [])) {
      const found = await cri.images.imageStatus({ image: reference }, { signal });
      if (found) used.add(found.id);
    }
    const present = new Set(images.map(({ id }) => id));
    for (const id of this.#seen.keys()) if (!present.has(id)) this.#seen.delete(id);
    const idle = images.filter((image) => {
      const seen = this.#seen.get(image.id) ?? { sinceMs: now, lastUsedMs: 0 };
      this.#seen.set(image.id, seen);
      const names = [image.id, ...image.repoTags, ...image.repoDigests];
      const isUsed = names.some((name) => used.has(name));
      if (isUsed) seen.lastUsedMs = now;
      return !isUsed && !image.pinned && !names.some((name) => keep.includes(name)) && now - seen.sinceMs >= MIN_AGE_MS;
    });
    const order = (image: Image) => this.#seen.get(image.id) ?? { sinceMs: 0, lastUsedMs: 0 };
    return idle.toSorted((a, b) => order(a).lastUsedMs - order(b).lastUsedMs || order(a).sinceMs - order(b).sinceMs);
  }
}

function percentUsed(capacity: number, available: number): number {
  return 100 - Math.floor((100 * available) / capacity);
}
