import { describeError, type Clock, type Logger } from "@dingi/base";

interface KeepNodeOptions {
  readonly node: string;
  /** Runs what belongs into the node; resolves when the node has ended, or the signal aborted. */
  readonly live: (signal: AbortSignal) => Promise<void>;
  /** Makes the node anew. */
  readonly remake: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Aborts when nodes that are down are wanted at once. */
  readonly hurry: () => AbortSignal;
}

/** As long as a machine takes to boot, so that the cluster gets to see a node that is down. */
const FIRST_MS = 30_000;
const LONGEST_MS = 300_000;
const STABLE_MS = 600_000;

/** Keeps a node: one whose processes were ended is made anew, after a wait that grows while it keeps ending. */
export async function keepNode(options: KeepNodeOptions): Promise<void> {
  const { node, live, clock, logger, signal } = options;
  let waitMs = FIRST_MS;
  while (!signal.aborted) {
    const since = clock.monotonic();
    await live(signal);
    if (signal.aborted) return;
    if (clock.monotonic() - since > STABLE_MS) waitMs = FIRST_MS;
    logger.warn("Node ended and will be made anew", { node, waitMs });
    waitMs = await untilRemade(options, waitMs);
  }
}

/** Resolves to the next wait. */
async function untilRemade(options: KeepNodeOptions, firstMs: number): Promise<number> {
  const { node, remake, clock, logger, signal, hurry } = options;
  for (let waitMs = firstMs; ; waitMs = Math.min(waitMs * 2, LONGEST_MS)) {
    await clock.sleep(waitMs, AbortSignal.any([signal, hurry()])).catch(() => {});
    if (signal.aborted) return waitMs;
    try {
      await remake(signal);
      logger.info("Made node anew", { node });
      return Math.min(waitMs * 2, LONGEST_MS);
    } catch (error) {
      if (signal.aborted) return waitMs;
      logger.error("Could not make node anew", { node, error: describeError(error) });
    }
  }
}
