import { Fifo, LruMap, type Clock } from "@dingi/base";
import { SeatDemand } from "./seat-demand.ts";
import { dealHand, hashFlow } from "./shuffle-shard.ts";

/** How requests of a level wait. */
export interface QueuingLimits {
  /** None: who finds no seat is sent away. */
  readonly queues: number;
  readonly handSize: number;
  readonly queueLength: number;
}

/** One request as its level sees it. */
export interface FlowRequest {
  readonly schema: string;
  /** Whose it is, among those of the schema: a user, or a namespace. */
  readonly distinguisher: string;
  readonly seats: number;
  /** For who looks at what goes on. */
  readonly about: unknown;
}

/** What a request holds until it is answered. */
export interface Seats {
  leave(): void;
}

export type Refusal = "concurrency-limit" | "queue-full" | "time-out" | "cancelled";

/** Until when a request waits, and whether anybody still wants its answer. */
export interface Patience {
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** What a request is expected to take, until it is known. Upstream: apiserver/pkg/util/flowcontrol/fairqueuing/queueset/queueset.go#estimatedServiceDuration */
const SERVICE_MS = 3;
/** Flows whose hands are remembered. */
const FLOWS = 4096;

interface Queue {
  readonly index: number;
  readonly waiting: Fifo<Waiter>;
  executing: number;
  seatsInUse: number;
  seatsWaiting: number;
  /** Seat-milliseconds of virtual time at which its next request begins. */
  nextStart: number;
}

interface Held extends Seats {
  readonly request: FlowRequest;
  /** Undefined: it did not wait. */
  readonly queue: Queue | undefined;
  readonly arrivedMs: number;
  readonly startedMs: number;
}

/** A request for those who look at what goes on. */
interface Shown {
  readonly request: FlowRequest;
  /** -1 for one that is in none. */
  readonly queueIndex: number;
  /** In its queue; -1 for one that is being answered. */
  readonly place: number;
  readonly arrivedMs: number;
  readonly startedMs: number | undefined;
}

interface Waiter {
  readonly request: FlowRequest;
  readonly arrivedAt: number;
  readonly arrivedMs: number;
  readonly resolve: (seats: Seats | Refusal) => void;
  gone: boolean;
}

/**
 * The seats of one priority level. Flows that want more than there is wait in queues; the queues get seats in turn, by what
 * each has had, so that many requests of one flow are in the way of few others. A queue exists while somebody uses it.
 * Upstream: apiserver/pkg/util/flowcontrol/fairqueuing/queueset/queueset.go
 */
export class QueueSet {
  readonly #clock: Clock;
  readonly demand: SeatDemand;
  #limits: QueuingLimits;
  #seats: number;
  readonly #queues = new Map<number, Queue>();
  /** Those in which somebody waits; who has just got a seat stands last. */
  readonly #contending = new Set<Queue>();
  readonly #executing = new Set<Held>();
  #hands = new LruMap<string, readonly number[]>(FLOWS);
  readonly counts = {
    executing: 0,
    seatsInUse: 0,
    waiting: 0,
    seatsWaiting: 0,
    dispatched: 0,
    rejected: 0,
    timedOut: 0,
    cancelled: 0,
  };
  #turn = 0;
  /** Virtual time: how many seat-milliseconds each active queue could have had. */
  #now = 0;
  #syncedMs: number;

  /** @param seats Infinity where nobody ever waits. */
  constructor(clock: Clock, limits: QueuingLimits, seats: number) {
    this.#clock = clock;
    this.#limits = limits;
    this.#seats = seats;
    this.#syncedMs = clock.monotonic();
    this.demand = new SeatDemand(clock);
  }

  get seats(): number {
    return this.#seats;
  }

  get isIdle(): boolean {
    return this.counts.executing === 0 && this.counts.waiting === 0;
  }

  get queues(): Iterable<Queue> {
    return this.#queues.values();
  }

  /** Those that wait and those that are answered; times as of the clock on the wall. */
  *requests(): Iterable<Shown> {
    const wallMs = this.#clock.now() - this.#clock.monotonic();
    for (const { index, waiting } of this.#queues.values())
      for (const [place, { request, arrivedMs }] of waiting.items.entries())
        yield { request, queueIndex: index, place, arrivedMs, startedMs: undefined };
    for (const { request, queue, arrivedMs, startedMs } of this.#executing)
      yield { request, queueIndex: queue?.index ?? -1, place: -1, arrivedMs, startedMs: startedMs + wallMs };
  }

  /** Who waits goes on waiting where he is. */
  configure(limits: QueuingLimits, seats: number): void {
    this.#syncTime();
    if (limits.queues !== this.#limits.queues || limits.handSize !== this.#limits.handSize)
      this.#hands = new LruMap(FLOWS);
    this.#limits = limits;
    this.#seats = seats;
    this.#dispatch();
  }

  /** At once where there is a seat and nobody waits for it. */
  enter(request: FlowRequest, patience: () => Patience): Seats | Refusal | Promise<Seats | Refusal> {
    if (this.#limits.queues < 1) {
      if (!this.#fits(request.seats)) return this.#refuse("concurrency-limit");
      return this.#seat(request, undefined);
    }
    // While nobody waits there is nothing to be fair about, and no queue.
    if (this.counts.waiting === 0 && this.#fits(request.seats)) return this.#seat(request, undefined);
    this.#syncTime();
    const queue = this.#queueFor(request);
    if (this.counts.seatsInUse >= this.#seats && queue.waiting.size >= this.#limits.queueLength) {
      this.#forgetIfUnused(queue);
      return this.#refuse("queue-full");
    }
    return this.#wait(request, queue, patience());
  }

  async #wait(request: FlowRequest, queue: Queue, { waitMs, signal }: Patience): Promise<Seats | Refusal> {
    const { promise, resolve } = Promise.withResolvers<Seats | Refusal>();
    const arrivedMs = this.#clock.now();
    const waiter: Waiter = { request, arrivedAt: this.#now, arrivedMs, resolve, gone: false };
    this.#enqueue(waiter, queue);
    const leave = (why: Refusal) => this.#giveUp(waiter, queue, why);
    const onAbort = () => leave("cancelled");
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    using _timer = this.#clock.timer(waitMs, () => leave("time-out"));
    try {
      this.#dispatch();
      return await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #enqueue(waiter: Waiter, queue: Queue): void {
    const { seats } = waiter.request;
    queue.waiting.push(waiter);
    queue.seatsWaiting += seats;
    this.counts.waiting++;
    this.counts.seatsWaiting += seats;
    this.#contending.add(queue);
    this.#noteDemand();
  }

  #giveUp(waiter: Waiter, queue: Queue, why: Refusal): void {
    if (waiter.gone) return;
    this.#syncTime();
    waiter.gone = true;
    this.counts[why === "cancelled" ? "cancelled" : "timedOut"]++;
    this.#unqueue(waiter, queue);
    queue.waiting.drain().forEach((other) => other !== waiter && queue.waiting.push(other));
    if (queue.waiting.size === 0) this.#contending.delete(queue);
    this.#boundStart(queue);
    this.#forgetIfUnused(queue);
    waiter.resolve(this.#refuse(why));
    // It may have been what the others waited behind.
    this.#dispatch();
  }

  #unqueue({ request }: Waiter, queue: Queue): void {
    queue.seatsWaiting -= request.seats;
    this.counts.waiting--;
    this.counts.seatsWaiting -= request.seats;
    this.#noteDemand();
  }

  #refuse(why: Refusal): Refusal {
    this.counts.rejected++;
    return why;
  }

  /** One that wants more than there is gets it when nobody else has anything. */
  #fits(seats: number): boolean {
    if (seats > this.#seats) return this.counts.executing === 0;
    return this.counts.seatsInUse + seats <= this.#seats;
  }

  #dispatch(): void {
    while (this.counts.waiting > 0 && this.counts.seatsInUse < this.#seats && this.#dispatchOne());
  }

  /** From the queue whose request would have ended first, had each queue its share. */
  #dispatchOne(): boolean {
    let best: Queue | undefined;
    let bestFinish = Infinity;
    for (const queue of this.#contending) {
      const finish = queue.nextStart + queue.waiting.peek()!.request.seats * SERVICE_MS;
      if (finish >= bestFinish) continue;
      bestFinish = finish;
      best = queue;
    }
    if (!best || !this.#fits(best.waiting.peek()!.request.seats)) return false;
    const waiter = best.waiting.shift()!;
    waiter.gone = true;
    this.#unqueue(waiter, best);
    this.#contending.delete(best);
    if (best.waiting.size > 0) this.#contending.add(best);
    waiter.resolve(this.#seat(waiter.request, best, waiter.arrivedMs));
    this.#boundStart(best);
    return true;
  }

  #seat(request: FlowRequest, queue: Queue | undefined, arrivedMs: number = this.#clock.now()): Seats {
    const { seats } = request;
    this.counts.executing++;
    this.counts.dispatched++;
    this.counts.seatsInUse += seats;
    if (queue) {
      queue.executing++;
      queue.seatsInUse += seats;
      queue.nextStart += seats * SERVICE_MS;
    }
    this.#noteDemand();
    const startedMs = this.#clock.monotonic();
    const held = { request, queue, arrivedMs, startedMs, leave: () => this.#leave(held) };
    this.#executing.add(held);
    return held;
  }

  #leave(held: Held): void {
    if (!this.#executing.delete(held)) return;
    const { request, queue, startedMs } = held;
    this.#syncTime();
    this.counts.executing--;
    this.counts.seatsInUse -= request.seats;
    if (queue) {
      queue.executing--;
      queue.seatsInUse -= request.seats;
      // What it took is known now.
      queue.nextStart -= request.seats * (SERVICE_MS - (this.#clock.monotonic() - startedMs));
      this.#boundStart(queue);
      this.#forgetIfUnused(queue);
    }
    this.#noteDemand();
    this.#dispatch();
  }

  /** What a queue did not use while it was empty it does not get later. */
  #boundStart(queue: Queue): void {
    const oldest = queue.waiting.peek();
    if (oldest && queue.nextStart < oldest.arrivedAt) queue.nextStart = oldest.arrivedAt;
  }

  #forgetIfUnused(queue: Queue): void {
    if (queue.executing > 0 || queue.waiting.size > 0) return;
    this.#queues.delete(queue.index);
    this.#contending.delete(queue);
  }

  /** Of the flow's hand, the queue with the least work. */
  #queueFor({ schema, distinguisher }: FlowRequest): Queue {
    const hand = this.#handOf(`${schema}\0${distinguisher}`, schema, distinguisher);
    const offset = this.#turn++ % hand.length;
    let best = -1;
    let least = Infinity;
    for (let i = 0; i < hand.length; i++) {
      const index = hand[(offset + i) % hand.length]!;
      const waiting = this.#queues.get(index)?.seatsWaiting ?? 0;
      if (waiting >= least) continue;
      least = waiting;
      best = index;
    }
    return this.#queueAt(best);
  }

  #queueAt(index: number): Queue {
    let queue = this.#queues.get(index);
    if (!queue) {
      const waiting = new Fifo<Waiter>();
      queue = { index, waiting, executing: 0, seatsInUse: 0, seatsWaiting: 0, nextStart: this.#now };
      this.#queues.set(index, queue);
    }
    return queue;
  }

  #handOf(key: string, schema: string, distinguisher: string): readonly number[] {
    let hand = this.#hands.get(key);
    if (!hand) {
      const { queues, handSize } = this.#limits;
      hand = queues === 1 ? [0] : dealHand(hashFlow(schema, distinguisher), queues, handSize);
      this.#hands.set(key, hand);
    }
    return hand;
  }

  #noteDemand(): void {
    this.demand.set(this.counts.seatsInUse + this.counts.seatsWaiting);
  }

  /** Upstream: …#syncTimeLocked */
  #syncTime(): void {
    const now = this.#clock.monotonic();
    const active = this.#queues.size;
    if (active > 0) {
      const wanted = this.counts.seatsInUse + this.counts.seatsWaiting;
      this.#now += ((now - this.#syncedMs) * Math.min(wanted, this.#seats)) / active;
    }
    this.#syncedMs = now;
  }
}
