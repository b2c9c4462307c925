import type { RuntimeEvent } from "../runtime-event.ts";
import type { RuntimeService } from "../runtime-service.ts";

/** Keeps a runtime's events so that a test can wait for one that has perhaps arrived already. */
export class EventLog {
  readonly all: RuntimeEvent[] = [];
  #arrived = Promise.withResolvers<void>();

  static async open(runtime: RuntimeService, signal: AbortSignal): Promise<EventLog> {
    const log = new EventLog();
    const subscribed = Promise.withResolvers<void>();
    void log.#follow(runtime.events({ signal }), subscribed.resolve).catch((error: unknown) => {
      subscribed.reject(error);
      if (!signal.aborted) log.#arrived.reject(error);
    });
    await subscribed.promise;
    return log;
  }

  async until(matches: (event: RuntimeEvent) => boolean): Promise<void> {
    while (!this.all.some(matches)) await this.#arrived.promise;
  }

  async #follow(batches: AsyncIterable<readonly RuntimeEvent[]>, onSubscribed: () => void): Promise<void> {
    for await (const batch of batches) {
      onSubscribed();
      this.all.push(...batch);
      const arrived = this.#arrived;
      this.#arrived = Promise.withResolvers<void>();
      arrived.resolve();
    }
  }
}
