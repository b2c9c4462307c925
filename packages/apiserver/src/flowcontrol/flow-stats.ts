import type { Refusal } from "./queue-set.ts";

/** Is told how long requests waited and were answered. */
export interface FlowObserver {
  waited(ms: number): void;
  executed(ms: number): void;
}

/** What became of the requests of one flow schema at one level. */
export class FlowStats {
  executing = 0;
  executingSeats = 0;
  waiting = 0;
  waitingSeats = 0;
  dispatched = 0;
  readonly rejected = new Map<Refusal, number>();
  readonly observer: FlowObserver;

  constructor(observer: FlowObserver) {
    this.observer = observer;
  }

  reject(why: Refusal): void {
    this.rejected.set(why, (this.rejected.get(why) ?? 0) + 1);
  }
}
