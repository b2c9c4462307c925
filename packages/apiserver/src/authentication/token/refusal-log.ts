import type { Clock, Logger } from "@dingi/base";
import { messageOf } from "./message-of.ts";

const PERIOD_MS = 10_000;
const MOST_IN_PERIOD = 10;
/** Part of a reason may be what the stranger has sent. */
const MAX_REASON = 500;

/** Says why tokens were refused, but not as often as anybody likes to send some. */
export class RefusalLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #periodStartMs = -Infinity;
  #count = 0;

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  refused(error: unknown): void {
    const now = this.#clock.monotonic();
    if (now - this.#periodStartMs >= PERIOD_MS) {
      if (this.#count > MOST_IN_PERIOD)
        this.#logger.warn("More tokens were refused", { count: this.#count - MOST_IN_PERIOD });
      this.#periodStartMs = now;
      this.#count = 0;
    }
    this.#count++;
    if (this.#count > MOST_IN_PERIOD) return;
    this.#logger.warn("A token was refused", { reason: messageOf(error).slice(0, MAX_REASON) });
  }
}
