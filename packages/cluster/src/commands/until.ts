import { describeError, systemClock } from "@dingi/base";

export const START_MS = 120_000;
const POLL_MS = 50;

/** What was waited for cannot come any more. */
export class HopelessError extends Error {
  override name = "HopelessError";
}

/** Asks until it is so; an error counts as no, but for a HopelessError. */
export async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = systemClock.monotonic() + START_MS;
  let last: unknown;
  while (systemClock.monotonic() < deadline) {
    try {
      if (await check()) return;
    } catch (error) {
      if (error instanceof HopelessError) throw error;
      last = error;
    }
    await systemClock.sleep(POLL_MS);
  }
  throw new Error(
    `${what} did not become ready within ${START_MS / 1000} s${last ? `: ${describeError(last)}` : ""}; see dingi logs`,
  );
}
