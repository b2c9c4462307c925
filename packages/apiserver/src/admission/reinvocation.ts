/**
 * Whether an object is admitted once more because somebody from outside has changed it, and what plugins remember of the first
 * time. Upstream: apiserver/pkg/admission/reinvocation.go, …/interfaces.go#ReinvocationContext
 */
export class Reinvocation {
  #isNeeded = false;
  #isRunning = false;
  readonly #memories = new Map<object, unknown>();

  /** Whether plugins are called for the second time. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  get isNeeded(): boolean {
    return this.#isNeeded;
  }

  request(): void {
    this.#isNeeded = true;
  }

  begin(): void {
    this.#isRunning = true;
  }

  /** What the plugin keeps from one time to the other. */
  memoryOf<T>(plugin: object, make: () => T): T {
    const known = this.#memories.get(plugin) as T | undefined;
    if (known !== undefined) return known;
    const made = make();
    this.#memories.set(plugin, made);
    return made;
  }
}
