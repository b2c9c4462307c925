const LONGEST_S = 32;

interface Second {
  readonly at: number;
  count: number;
}

/**
 * In how many seconds those who were sent away may come back: the more of them there are, the later.
 * Upstream: apiserver/pkg/util/flowcontrol/dropped_requests_tracker.go
 */
export class RetryAfter {
  #seconds = 1;
  #raisedAt = 0;
  #history: Second[] = [];
  #current: Second = { at: 0, count: 0 };

  get seconds(): number {
    return this.#seconds;
  }

  /** One more was sent away. */
  note(nowMs: number): void {
    const at = Math.floor(nowMs / 1000);
    if (this.#current.at === at) {
      this.#current.count++;
      return;
    }
    this.#history.push(this.#current);
    const oldest = this.#current.at - Math.min(2 * this.#seconds, LONGEST_S);
    this.#history = this.#history.filter((second) => second.at >= oldest);
    this.#current = { at, count: 1 };
    this.#adjust(at);
  }

  #adjust(at: number): void {
    const recent = this.#history.filter((second) => at - second.at <= this.#seconds && second.at < at);
    const dropped = recent.reduce((sum, { count }) => sum + count, 0);
    if (at - this.#raisedAt >= this.#seconds && dropped >= 3 * this.#seconds) {
      this.#seconds = Math.min(LONGEST_S, this.#seconds * 2);
      this.#raisedAt = at;
    } else if (dropped < this.#seconds && this.#seconds > 1) this.#seconds--;
  }
}
