/** Why the life of a process ends when a fault has ended it; one that is only stopped goes on until it has cleared up. */
export class PlannedCrash extends Error {
  override name = "PlannedCrash";

  constructor() {
    super("A fault was planned");
  }
}

export function hasCrashed(life: AbortSignal): boolean {
  return life.reason instanceof PlannedCrash;
}

/** Resolves when a process has crashed; never when it is only stopped. */
export function crashed(life: AbortSignal): Promise<void> {
  return new Promise((resolve) => life.addEventListener("abort", () => hasCrashed(life) && resolve(), { once: true }));
}
