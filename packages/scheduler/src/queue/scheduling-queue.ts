import type { V1Pod } from "@dingi/api";
import { KeyedHeap, WakeUp, type Clock } from "@dingi/base";
import { podUpdateEvents, type ClusterEvent } from "../framework/cluster-event.ts";
import type { Plugin } from "../framework/plugin.ts";
import { InFlightPods } from "./in-flight-pods.ts";
import { comesBefore, type QueuedPod } from "./queued-pod.ts";
import { UnschedulablePods } from "./unschedulable-pods.ts";

const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 10_000;

/**
 * Pods that wait for a node: those to try now, highest priority first; those that wait out a back-off; and those that
 * wait for something to happen. Each is in one of these places. No step goes through all pods, however many wait.
 * Upstream: pkg/scheduler/backend/queue/scheduling_queue.go
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #gates: readonly Plugin[];
  readonly #active = new KeyedHeap<QueuedPod>({ key: ({ uid }) => uid, before: comesBefore });
  readonly #backoff = new KeyedHeap<QueuedPod>({
    key: ({ uid }) => uid,
    before: (a, b) => a.backoffUntilMs < b.backoffUntilMs,
  });
  readonly #unschedulable: UnschedulablePods;
  readonly #gated = new Map<string, QueuedPod>();
  readonly #inFlight = new InFlightPods();
  readonly #wakeUp = new WakeUp();
  #timer: Disposable | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, plugins: readonly Plugin[]) {
    this.#clock = clock;
    this.#gates = plugins.filter(({ preEnqueue }) => preEnqueue);
    this.#unschedulable = new UnschedulablePods(plugins);
  }

  get counts() {
    return {
      active: this.#active.size,
      backoff: this.#backoff.size,
      unschedulable: this.#unschedulable.size,
      gated: this.#gated.size,
      "in flight": this.#inFlight.size,
    };
  }

  /** A new or changed pod without a node. */
  set(pod: V1Pod): void {
    const uid = pod.metadata.uid ?? "";
    const known = this.#find(uid);
    if (!known) {
      const sinceMs = this.#clock.monotonic();
      return this.#enqueue({ uid, pod, attempts: 0, sinceMs, rejectedBy: new Set(), backoffUntilMs: 0 });
    }
    const before = known.pod;
    known.pod = pod;
    if (this.#gated.delete(uid)) return this.#enqueue(known);
    // What the scheduler itself writes into the pod's status is no reason to try again.
    if (this.#inFlight.get(uid) || this.#unschedulable.get(uid))
      for (const event of podUpdateEvents("TargetPod", before, pod)) this.observe(event);
  }

  delete(uid: string): void {
    if (this.#inFlight.get(uid)) this.#inFlight.end(uid);
    this.#gated.delete(uid);
    this.#active.delete(uid);
    this.#backoff.delete(uid);
    this.#unschedulable.delete(uid);
  }

  /** The next pod to schedule; undefined once the signal aborts. */
  async pop(signal: AbortSignal): Promise<V1Pod | undefined> {
    while (!signal.aborted) {
      const next = this.#active.pop();
      if (next) {
        next.attempts++;
        this.#inFlight.begin(next);
        return next.pod;
      }
      await this.#wakeUp.wait(signal);
    }
    return undefined;
  }

  /** The pod has its node. */
  done(uid: string): void {
    this.delete(uid);
  }

  /** The pod could not be placed: it waits for an event that concerns those who turned it down. */
  reject(pod: V1Pod, rejectedBy: ReadonlySet<string>): void {
    const queued = this.#inFlight.get(pod.metadata.uid ?? "");
    if (!queued) return;
    const missed = this.#inFlight.end(queued.uid);
    const now = this.#clock.monotonic();
    queued.rejectedBy = rejectedBy;
    queued.sinceMs = now;
    queued.backoffUntilMs = now + Math.min(FIRST_BACKOFF_MS * 2 ** (queued.attempts - 1), MAX_BACKOFF_MS);
    const helped = missed === "too much" || missed.some((event) => this.#unschedulable.isWorthTrying(queued, event));
    // Not turned down by a plugin but failed: time alone may help.
    if (helped || rejectedBy.size === 0) return this.#backOff(queued);
    this.#unschedulable.add(queued);
    this.#armTimer();
  }

  /** Whatever the pod waits for: it is tried again after its back-off. */
  retry(uid: string): void {
    const queued = this.#unschedulable.delete(uid);
    if (queued) this.#backOff(queued);
  }

  /** Something happened: whoever it may help is tried again. */
  observe(event: ClusterEvent): void {
    this.#inFlight.observe(event);
    for (const queued of this.#unschedulable.takeHelpedBy(event)) this.#backOff(queued);
  }

  #find(uid: string): QueuedPod | undefined {
    return (
      this.#inFlight.get(uid) ??
      this.#active.get(uid) ??
      this.#backoff.get(uid) ??
      this.#unschedulable.get(uid) ??
      this.#gated.get(uid)
    );
  }

  #enqueue(queued: QueuedPod): void {
    if (this.#gates.some(({ preEnqueue }) => preEnqueue!(queued.pod).code !== "success"))
      this.#gated.set(queued.uid, queued);
    else this.#activate(queued);
  }

  #backOff(queued: QueuedPod): void {
    if (queued.backoffUntilMs <= this.#clock.monotonic()) return this.#activate(queued);
    this.#backoff.set(queued);
    this.#armTimer();
  }

  #activate(queued: QueuedPod): void {
    this.#active.set(queued);
    this.#wakeUp.wake();
  }

  /** Wakes up when the next back-off ends or the next pod has waited too long. */
  #armTimer(): void {
    const due = Math.min(
      this.#backoff.peek()?.backoffUntilMs ?? Number.POSITIVE_INFINITY,
      this.#unschedulable.nextDeadlineMs,
    );
    // One that is due earlier finds nothing to do and arms the next.
    if (due >= this.#timerDueMs) return;
    this.#timer?.[Symbol.dispose]();
    this.#timerDueMs = due;
    this.#timer = this.#clock.timer(Math.max(0, due - this.#clock.monotonic()), () => this.#flush());
  }

  #flush(): void {
    const now = this.#clock.monotonic();
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    while ((this.#backoff.peek()?.backoffUntilMs ?? Number.POSITIVE_INFINITY) <= now)
      this.#activate(this.#backoff.pop()!);
    for (let next = this.#unschedulable.takeOverdue(now); next; next = this.#unschedulable.takeOverdue(now))
      this.#activate(next);
    this.#armTimer();
  }
}
