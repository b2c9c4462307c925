import type { KubeObject } from "@dingi/apimachinery";
import { semanticEqual } from "@dingi/apimachinery";

/**
 * Which webhooks, or policies, are called once more, because the object has changed since they saw it.
 * Upstream: apiserver/pkg/admission/plugin/webhook/mutating/reinvocationcontext.go, …/policy/mutating/reinvocationcontext.go
 */
export class Reinvoked {
  /** Who wants to be called again and has seen the object as it is. */
  #called = new Set<string>();
  readonly #again = new Set<string>();
  #lastSeen: KubeObject | undefined;

  isCalledAgain(uid: string): boolean {
    return this.#again.has(uid);
  }

  remember(uid: string): void {
    this.#called.add(uid);
  }

  /** All who have seen it have to see it again. */
  changed(): void {
    for (const uid of this.#called) this.#again.add(uid);
    this.#called = new Set();
  }

  /** The object as they leave it. Kept only where one may be called again. */
  leave(object: KubeObject | undefined): void {
    this.#lastSeen = this.#called.size > 0 && object ? structuredClone(object) : undefined;
  }

  /** The object as it is when they are called for the second time. */
  enter(object: KubeObject | undefined): void {
    if (this.#called.size > 0 && !semanticEqual(this.#lastSeen, object)) this.changed();
  }
}
