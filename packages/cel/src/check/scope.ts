import type { CelType } from "./type.ts";

/** Variables of loops, innermost last. */
export class Scope {
  readonly #frames: Map<string, CelType>[] = [];

  within<T>(variables: Iterable<readonly [string, CelType]>, work: () => T): T {
    this.#frames.push(new Map(variables));
    try {
      return work();
    } finally {
      this.#frames.pop();
    }
  }

  find(name: string): CelType | undefined {
    for (let i = this.#frames.length - 1; i >= 0; i -= 1) {
      const type = this.#frames[i]!.get(name);
      if (type) return type;
    }
    return undefined;
  }
}
