import type { V1Pod } from "@dingi/api";
import type { Clock } from "@dingi/base";
import type { ClusterEvent, Plugin } from "../framework/plugin.ts";

const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 10_000;
/** However hopeless, a pod is tried again after this long. */
const MAX_UNSCHEDULABLE_MS = 5 * 60_000;

interface Queued {
  pod: V1Pod;
  attempts: number;
  readonly sinceMs: number;
  /** The plugins that turned it down at its last attempt. */
  rejectedBy: ReadonlySet<string>;
  backoffUntilMs: number;
  place: "active" | "backoff" | "unschedulable" | "gated" | "in flight";
  /** Something happened while it was being scheduled. */
  missedEvents: ClusterEvent[];
}

/**
 * Pods that wait for a node: those to try now, highest priority first; those that wait out a back-off; and those that
 * wait for something to happen. Upstream: pkg/scheduler/backend/queue/scheduling_queue.go
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #plugins: readonly Plugin[];
  readonly #pods = new Map<string, Queued>();
  #active: Queued[] = [];
  #wake: PromiseWithResolvers<void> | undefined;
  #timer: Disposable | undefined;

  constructor(clock: Clock, plugins: readonly Plugin[]) {
    this.#clock = clock;
    this.#plugins = plugins;
  }

  get counts(): Readonly<Record<Queued["place"], number>> {
    const counts = { active: 0, backoff: 0, unschedulable: 0, gated: 0, "in flight": 0 };
    for (const { place } of this.#pods.values()) counts[place]++;
    return counts;
  }

  /** A new or changed pod without a node. */
  set(pod: V1Pod): void {
    const uid = pod.metadata.uid ?? "";
    const known = this.#pods.get(uid);
    if (!known) {
      const queued: Queued = {
        pod,
        attempts: 0,
        sinceMs: this.#clock.monotonic(),
        rejectedBy: new Set(),
        backoffUntilMs: 0,
        place: "gated",
        missedEvents: [],
      };
      this.#pods.set(uid, queued);
      return this.#enqueue(queued);
    }
    const specChanged =
      known.pod.metadata.generation !== pod.metadata.generation || known.pod.metadata.labels !== pod.metadata.labels;
    known.pod = pod;
    if (known.place === "gated" || (specChanged && known.place === "unschedulable")) this.#enqueue(known);
  }

  delete(uid: string): void {
    const known = this.#pods.get(uid);
    if (!known) return;
    this.#pods.delete(uid);
    if (known.place === "active") this.#active = this.#active.filter((other) => other !== known);
  }

  /** The next pod to schedule; undefined once the signal aborts. */
  async pop(signal: AbortSignal): Promise<V1Pod | undefined> {
    while (!signal.aborted) {
      const next = this.#takeBest();
      if (next) {
        next.place = "in flight";
        next.attempts++;
        next.missedEvents = [];
        return next.pod;
      }
      this.#armTimer();
      this.#wake ??= Promise.withResolvers<void>();
      const wake = this.#wake;
      const stop = () => wake.resolve();
      signal.addEventListener("abort", stop, { once: true });
      await wake.promise;
      signal.removeEventListener("abort", stop);
      this.#wake = undefined;
    }
    return undefined;
  }

  /** The pod has its node. */
  done(uid: string): void {
    this.#pods.delete(uid);
  }

  /** The pod could not be placed: it waits for an event that concerns those who turned it down. */
  reject(pod: V1Pod, rejectedBy: ReadonlySet<string>): void {
    const queued = this.#pods.get(pod.metadata.uid ?? "");
    if (!queued) return;
    queued.rejectedBy = rejectedBy;
    queued.backoffUntilMs =
      this.#clock.monotonic() + Math.min(FIRST_BACKOFF_MS * 2 ** (queued.attempts - 1), MAX_BACKOFF_MS);
    const missed = queued.missedEvents.some((event) => this.#isWorthTrying(queued, event));
    queued.missedEvents = [];
    // Not turned down by a plugin but failed: time alone may help.
    if (missed || rejectedBy.size === 0) this.#backOff(queued);
    else queued.place = "unschedulable";
    this.#armTimer();
  }

  /** Whatever the pod waits for: it is tried again after its back-off. */
  retry(uid: string): void {
    const queued = this.#pods.get(uid);
    if (queued?.place === "unschedulable") this.#backOff(queued);
  }

  /** Something happened: whoever it may help is tried again. */
  observe(event: ClusterEvent): void {
    for (const queued of this.#pods.values()) {
      if (queued.place === "in flight") queued.missedEvents.push(event);
      else if (queued.place === "unschedulable" && this.#isWorthTrying(queued, event)) this.#backOff(queued);
    }
  }

  #isWorthTrying({ pod, rejectedBy }: Queued, event: ClusterEvent): boolean {
    return this.#plugins.some(
      (plugin) =>
        rejectedBy.has(plugin.name) &&
        (plugin.hints ?? []).some(
          (hint) =>
            hint.resource === event.resource && hint.actions.includes(event.action) && hint.worthTrying(pod, event),
        ),
    );
  }

  #enqueue(queued: Queued): void {
    const gate = this.#plugins.find((plugin) => plugin.preEnqueue && plugin.preEnqueue(queued.pod).code !== "success");
    if (gate) {
      queued.place = "gated";
      return;
    }
    this.#activate(queued);
  }

  #backOff(queued: Queued): void {
    if (queued.backoffUntilMs <= this.#clock.monotonic()) return this.#activate(queued);
    queued.place = "backoff";
    this.#armTimer();
  }

  #activate(queued: Queued): void {
    queued.place = "active";
    this.#active.push(queued);
    this.#wake?.resolve();
  }

  #takeBest(): Queued | undefined {
    let best = -1;
    for (let i = 0; i < this.#active.length; i++)
      if (best < 0 || comesBefore(this.#active[i]!, this.#active[best]!)) best = i;
    return best < 0 ? undefined : this.#active.splice(best, 1)[0];
  }

  /** Wakes up when the next back-off ends or the next pod has waited too long. */
  #armTimer(): void {
    const now = this.#clock.monotonic();
    let next = Number.POSITIVE_INFINITY;
    for (const queued of this.#pods.values()) {
      if (queued.place === "backoff") next = Math.min(next, queued.backoffUntilMs);
      else if (queued.place === "unschedulable") next = Math.min(next, queued.backoffUntilMs + MAX_UNSCHEDULABLE_MS);
    }
    this.#timer?.[Symbol.dispose]();
    this.#timer =
      next === Number.POSITIVE_INFINITY ? undefined : this.#clock.timer(Math.max(0, next - now), () => this.#flush());
  }

  #flush(): void {
    const now = this.#clock.monotonic();
    for (const queued of this.#pods.values()) {
      if (queued.place === "backoff" && queued.backoffUntilMs <= now) this.#activate(queued);
      else if (queued.place === "unschedulable" && queued.backoffUntilMs + MAX_UNSCHEDULABLE_MS <= now)
        this.#activate(queued);
    }
    this.#armTimer();
  }
}

function comesBefore(a: Queued, b: Queued): boolean {
  const priority = (pod: V1Pod) => pod.spec.priority ?? 0;
  return priority(a.pod) - priority(b.pod) > 0 || (priority(a.pod) === priority(b.pod) && a.sinceMs < b.sinceMs);
}
