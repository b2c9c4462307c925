import type { Clock } from "@dingi/base";

/** What was wanted of a level's seats in the last period. */
export interface DemandStats {
  readonly highWatermark: number;
  readonly average: number;
  readonly deviation: number;
  /** Follows what is wanted up at once, and down slowly. */
  readonly smoothed: number;
}

const SMOOTHING = 0.977;

/** How many seats were in use and waited for, over time. Upstream: apiserver/pkg/util/flowcontrol/fairqueuing/integrator.go */
export class SeatDemand {
  readonly #clock: Clock;
  #value = 0;
  #sinceMs: number;
  #max = 0;
  #elapsedMs = 0;
  #sum = 0;
  #squares = 0;
  #smoothed = 0;
  #last: DemandStats = { highWatermark: 0, average: 0, deviation: 0, smoothed: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonic();
  }

  get last(): DemandStats {
    return this.#last;
  }

  set(value: number): void {
    if (value === this.#value) return;
    this.#integrate();
    this.#value = value;
    if (value > this.#max) this.#max = value;
  }

  /** Of the period that ends here. Upstream: apiserver/pkg/util/flowcontrol/apf_controller.go#update */
  close(): DemandStats {
    this.#integrate();
    const elapsed = this.#elapsedMs;
    let { average, deviation } = this.#last;
    if (elapsed > 0) {
      average = this.#sum / elapsed;
      deviation = Math.sqrt(Math.max(0, this.#squares / elapsed - average * average));
      const envelope = average + deviation;
      this.#smoothed = Math.max(envelope, SMOOTHING * this.#smoothed + (1 - SMOOTHING) * envelope);
    }
    this.#last = { highWatermark: this.#max, average, deviation, smoothed: this.#smoothed };
    this.#elapsedMs = this.#sum = this.#squares = 0;
    this.#max = this.#value;
    return this.#last;
  }

  #integrate(): void {
    const now = this.#clock.monotonic();
    const elapsed = now - this.#sinceMs;
    this.#sinceMs = now;
    this.#elapsedMs += elapsed;
    this.#sum += this.#value * elapsed;
    this.#squares += this.#value * this.#value * elapsed;
  }
}
