import type { Clock } from "@dingi/base";

/** Resolves when the process does what it is there for; rejects, or does not resolve, when it does not. */
export type Probe = (signal: AbortSignal) => Promise<void>;

interface HealthOptions {
  readonly probe: Probe;
  readonly clock: Clock;
  /** The process has ended, or is to end. */
  readonly signal: AbortSignal;
  /** Once, when it answers for the first time. */
  readonly onServing: () => void;
}

const STARTING_POLL_MS = 100;
const SERVING_POLL_MS = 5_000;
const PROBE_MS = 10_000;
/** Long against what a busy machine or a large collection of garbage takes. */
const HANG_MS = 30_000;
/** A store of gigabytes on a slow disk is read within it. */
const START_MS = 180_000;

/** Resolves to what is wrong when the process has not answered for too long, and to nothing when the signal aborts. */
export async function untilHung(options: HealthOptions): Promise<string | undefined> {
  const { clock, signal, onServing } = options;
  let served = false;
  let failures = 0;
  let answeredMs = clock.monotonic();
  while (!signal.aborted) {
    if (await answers(options)) {
      if (!served) onServing();
      [served, failures, answeredMs] = [true, 0, clock.monotonic()];
    } else failures++;
    const limitMs = served ? HANG_MS : START_MS;
    // Two at least: when this process itself stood still meanwhile, the first one failed by that.
    if (failures >= 2 && clock.monotonic() - answeredMs > limitMs)
      return `It did not answer for ${limitMs / 1000} s and was killed`;
    await clock.sleep(served ? SERVING_POLL_MS : STARTING_POLL_MS, signal).catch(() => {});
  }
  return undefined;
}

async function answers({ probe, clock, signal }: HealthOptions): Promise<boolean> {
  const limit = AbortSignal.any([signal, clock.deadline(PROBE_MS)]);
  const late = Promise.withResolvers<boolean>();
  const onAbort = () => late.resolve(false);
  limit.addEventListener("abort", onAbort, { once: true });
  if (limit.aborted) onAbort();
  const asked = probe(limit).then(
    () => true,
    () => false,
  );
  const answer = await Promise.race([asked, late.promise]);
  limit.removeEventListener("abort", onAbort);
  return answer;
}
