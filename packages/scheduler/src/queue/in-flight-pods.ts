import { Fifo } from "@dingi/base";
import type { ClusterEvent } from "../framework/cluster-event.ts";
import type { QueuedPod } from "./queued-pod.ts";

/** A pod that was in flight through more than this is tried again whatever happened. */
const MAX_EVENTS = 10_000;

interface Flight {
  readonly queued: QueuedPod;
  /** The position, in the log, of the first event that it might miss. */
  readonly from: number;
}

/**
 * Pods that are being scheduled, and what has happened meanwhile: one log for all, of which each pod knows where it begins.
 * Upstream: pkg/scheduler/backend/queue/active_queue.go#inFlightEvents
 */
export class InFlightPods {
  readonly #flights = new Map<string, Flight>();
  /** In the order in which they began, those that have landed included. */
  readonly #order = new Fifo<{ readonly uid: string; readonly from: number }>();
  #events: ClusterEvent[] = [];
  /** The position of `#events[0]`. */
  #first = 0;

  get size(): number {
    return this.#flights.size;
  }

  get(uid: string): QueuedPod | undefined {
    return this.#flights.get(uid)?.queued;
  }

  begin(queued: QueuedPod): void {
    const from = this.#first + this.#events.length;
    this.#flights.set(queued.uid, { queued, from });
    this.#order.push({ uid: queued.uid, from });
  }

  observe(event: ClusterEvent): void {
    if (this.#flights.size === 0) return;
    this.#events.push(event);
    if (this.#events.length > 2 * MAX_EVENTS) this.#drop(MAX_EVENTS);
  }

  /** What has happened since the pod's attempt began; "too much" if not all of it is known any more. */
  end(uid: string): readonly ClusterEvent[] | "too much" {
    const flight = this.#flights.get(uid);
    if (!flight) return [];
    this.#flights.delete(uid);
    const missed = flight.from < this.#first ? "too much" : this.#events.slice(flight.from - this.#first);
    this.#forget();
    return missed;
  }

  #forget(): void {
    let oldest = this.#order.peek();
    for (; oldest && this.#flights.get(oldest.uid)?.from !== oldest.from; oldest = this.#order.peek())
      this.#order.shift();
    if (!oldest) return this.#drop(this.#events.length);
    // Only when half can go, so that each event is moved at most once on average.
    const unneeded = oldest.from - this.#first;
    if (unneeded * 2 > this.#events.length) this.#drop(unneeded);
  }

  #drop(count: number): void {
    this.#events = this.#events.slice(count);
    this.#first += count;
  }
}
