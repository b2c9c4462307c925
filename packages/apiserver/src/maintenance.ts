import { describeError, type Clock, type Logger } from "@dingi/base";
import type { Revision, Store } from "@dingi/store";
import type { StoreFeed } from "./cacher/store-feed.ts";
import { periodically } from "./periodically.ts";

const COMPACT_MS = 5 * 60_000;
const EXPIRE_MS = 10_000;

interface MaintenanceOptions {
  readonly store: Store;
  readonly feed: StoreFeed;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Forgets history after five to ten minutes, and what has outlived its time. Upstream: apiserver/pkg/storage/etcd3/compact.go */
export async function maintainStore(options: MaintenanceOptions, signal: AbortSignal): Promise<void> {
  await Promise.all([compactForever(options, signal), expireForever(options, signal)]);
}

async function compactForever({ store, feed, clock, logger }: MaintenanceOptions, signal: AbortSignal): Promise<void> {
  let previous: Revision | undefined;
  while (!signal.aborted) {
    const current = feed.revision;
    await clock.sleep(COMPACT_MS, signal).catch(() => {});
    if (signal.aborted) return;
    if (previous !== current)
      await store.compact(current).then(
        () => feed.compacted(current),
        (error: unknown) => logger.warn("Store was not compacted", { error: describeError(error) }),
      );
    previous = current;
  }
}

async function expireForever({ store, clock, logger }: MaintenanceOptions, signal: AbortSignal): Promise<void> {
  const onFailure = (error: unknown) =>
    logger.warn("Expired objects were not removed", { error: describeError(error) });
  await periodically({ clock, everyMs: EXPIRE_MS, work: () => store.expire(clock.now()), onFailure }, signal);
}
