/** Resolves when a process has crashed; never when it is only stopped. */
export function crashed(life: AbortSignal, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => life.addEventListener("abort", () => !stop.aborted && resolve(), { once: true }));
}
