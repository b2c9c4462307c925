import type { Call } from "./call.ts";
import { isLongRunning } from "./long-running.ts";

/** How many requests are answered at the same time; 0 for as many as come. */
export interface InFlightLimits {
  /** Upstream's flag --max-requests-inflight: of those that only read. */
  readonly reading: number;
  /** Upstream's flag --max-mutating-requests-inflight: of the others. */
  readonly mutating: number;
}

/** What a request holds from its authentication until its answer is made. */
interface InFlightPlace {
  leave(): void;
}

const READING_VERBS: ReadonlySet<string> = new Set(["get", "list", "watch"]);
const UNCOUNTED: InFlightPlace = { leave: () => {} };

/**
 * Refuses what is too much at once, where upstream without priority and fairness does.
 * Upstream: apiserver/pkg/server/filters/maxinflight.go#WithMaxInFlightLimit
 *
 * Differs: a place is free once the answer is made, not once it is read, because answers are bytes that are shared, or
 * made as they are read.
 */
export class MaxInFlight {
  readonly #reading: Places;
  readonly #mutating: Places;

  constructor(limits: InFlightLimits) {
    this.#reading = new Places(limits.reading);
    this.#mutating = new Places(limits.mutating);
  }

  /** Undefined: too many are there already, and the user is not one who always gets an answer. */
  enter(call: Pick<Call, "info" | "user" | "request">): InFlightPlace | undefined {
    const { info, user } = call;
    if (isLongRunning(call)) return UNCOUNTED;
    const places = READING_VERBS.has(info.verb) ? this.#reading : this.#mutating;
    if (places.take()) return places;
    return user.groups.includes("system:masters") ? UNCOUNTED : undefined;
  }
}

class Places implements InFlightPlace {
  readonly #limit: number;
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit === 0 ? Infinity : limit;
  }

  take(): boolean {
    if (this.#taken >= this.#limit) return false;
    this.#taken++;
    return true;
  }

  leave(): void {
    this.#taken--;
  }
}
