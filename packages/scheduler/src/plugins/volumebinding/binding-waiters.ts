import { PersistentVolume, PersistentVolumeClaim, Pod } from "@dingi/api";
import { keyOf, keyString } from "@dingi/apimachinery";
import { aborted, type Clock } from "@dingi/base";
import type { Informers } from "@dingi/client";

interface Waiting {
  /** Names as `claimName`, `volumeName` and `podName` make them. */
  readonly names: readonly string[];
  /** True when there is nothing to wait for any more; what it throws ends the wait, too. */
  readonly check: () => boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export const claimName = (key: string): string => `claim ${key}`;
export const podName = (key: string): string => `pod ${key}`;

/** Lets who waits look again whenever something of what he waits for has changed; an event costs only whom it concerns. */
export class BindingWaiters {
  readonly #clock: Clock;
  readonly #looks = new Map<string, Set<() => void>>();

  constructor(informers: Informers, clock: Clock) {
    this.#clock = clock;
    informers.of(PersistentVolumeClaim).onEvent(({ object }) => this.#wake(claimName(keyString(keyOf(object)))));
    informers.of(PersistentVolume).onEvent(({ object }) => {
      const { namespace = "", name = "" } = object.spec.claimRef ?? {};
      this.#wake(claimName(`${namespace}/${name}`));
    });
    informers.of(Pod).onEvent(({ type, object }) => {
      if (type === "deleted") this.#wake(podName(keyString(keyOf(object))));
    });
  }

  async until({ names, check, timeoutMs, signal }: Waiting): Promise<void> {
    if (check()) return;
    const done = Promise.withResolvers<void>();
    const look = () => {
      try {
        if (check()) done.resolve();
      } catch (error) {
        done.reject(error as Error);
      }
    };
    const late = () => done.reject(new Error(`Volumes were not bound within ${timeoutMs / 1000} s`));
    for (const name of names) this.#looks.set(name, (this.#looks.get(name) ?? new Set()).add(look));
    using _timer = this.#clock.timer(timeoutMs, late);
    try {
      await Promise.race([done.promise, aborted(signal)]);
      signal.throwIfAborted();
    } finally {
      for (const name of names) this.#forget(name, look);
    }
  }

  #forget(name: string, look: () => void): void {
    const looks = this.#looks.get(name);
    looks?.delete(look);
    if (looks?.size === 0) this.#looks.delete(name);
  }

  #wake(name: string): void {
    for (const look of this.#looks.get(name) ?? []) look();
  }
}
