import type { Clock } from "@dingi/base";

interface Periodic {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly work: () => Promise<unknown>;
  /** A failure ends nothing: there is a next time. */
  readonly onFailure: (error: unknown) => void;
}

/** Does something again and again, for the first time after one period, until the signal aborts. */
export async function periodically({ clock, everyMs, work, onFailure }: Periodic, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal).catch(() => {});
    if (!signal.aborted) await work().catch(onFailure);
  }
}
