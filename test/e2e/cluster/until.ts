import type { V1Pod } from "@kubernetes/client-node";
import { systemClock } from "@dingi/base";

/** Asks again and again until there is an answer; an error counts as none. */
export async function until<T>(what: string, check: () => Promise<T | undefined | false>, seconds = 180): Promise<T> {
  const end = systemClock.monotonic() + seconds * 1000;
  let last: unknown;
  while (systemClock.monotonic() < end) {
    try {
      const value = await check();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    await systemClock.sleep(100);
  }
  throw new Error(`${what} did not come within ${seconds} s`, { cause: last });
}

export function isReady(pod: V1Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}
