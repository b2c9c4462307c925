import type { ComponentCheck } from "@dingi/apiserver";

/** Which parts run in this process: they have no port of their own at which to ask. */
export class RunningParts {
  readonly #running = new Set<string>();

  async track(name: string, run: Promise<void>): Promise<void> {
    this.#running.add(name);
    try {
      await run;
    } finally {
      this.#running.delete(name);
    }
  }

  checkOf(name: string): ComponentCheck {
    return async () => {
      const isHealthy = this.#running.has(name);
      return { isHealthy, message: isHealthy ? "ok" : `${name} is not running` };
    };
  }
}
