import type { Clock } from "@dingi/base";
import { unschedulable, type Refusal } from "./plugin.ts";

/** Whatever a plugin asks for, nobody is held back for longer. Upstream: pkg/scheduler/framework/runtime/framework.go#maxTimeout */
const MAX_WAIT_MS = 15 * 60_000;

interface Waiting {
  readonly timers: Map<string, Disposable>;
  readonly decided: PromiseWithResolvers<Refusal | undefined>;
}

/**
 * Pods that have their node, and whose binding a Permit plugin holds back until it allows it.
 * Upstream: pkg/scheduler/framework/runtime/waiting_pods_map.go
 */
export class WaitingPods {
  readonly #clock: Clock;
  readonly #pods = new Map<string, Waiting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** By plugin, for how long it lets the pod wait at most. Resolves to who refused in the end, if anybody did. */
  async wait(uid: string, timeoutsMs: ReadonlyMap<string, number>): Promise<Refusal | undefined> {
    const waiting: Waiting = { timers: new Map(), decided: Promise.withResolvers() };
    for (const [plugin, asked] of timeoutsMs) {
      const ms = Math.min(asked, MAX_WAIT_MS);
      const reason = `rejected due to timeout after waiting ${ms / 1000}s at plugin ${plugin}`;
      waiting.timers.set(
        plugin,
        this.#clock.timer(ms, () => this.reject(uid, plugin, reason)),
      );
    }
    this.#pods.set(uid, waiting);
    return await waiting.decided.promise;
  }

  /** The plugin has nothing against it any more. */
  allow(uid: string, plugin: string): void {
    const waiting = this.#pods.get(uid);
    waiting?.timers.get(plugin)?.[Symbol.dispose]();
    if (waiting?.timers.delete(plugin) && waiting.timers.size === 0) this.#decide(uid, undefined);
  }

  reject(uid: string, plugin: string, reason: string): void {
    this.#decide(uid, { plugin, status: unschedulable(reason) });
  }

  #decide(uid: string, refusal: Refusal | undefined): void {
    const waiting = this.#pods.get(uid);
    if (!waiting) return;
    this.#pods.delete(uid);
    for (const timer of waiting.timers.values()) timer[Symbol.dispose]();
    waiting.decided.resolve(refusal);
  }
}

/** The verdicts of the Permit plugins together. */
export interface Permission {
  readonly refusal?: Refusal;
  /** Those who want the pod to wait, with how long at most. */
  readonly waits: ReadonlyMap<string, number>;
}
