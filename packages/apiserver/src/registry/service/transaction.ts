import { newInvalid, type Draft, type Fate, type FieldError } from "@dingi/apimachinery";
import type { V1Service } from "@dingi/api";

type Step = () => void | Promise<void>;

/** What a write has taken, to be given back if it fails; and what it sets free if it succeeds. */
export class Transaction {
  readonly dryRun: boolean;
  readonly #undo: Step[] = [];
  readonly #onCommit: Step[] = [];

  constructor(dryRun: boolean) {
    this.dryRun = dryRun;
  }

  took(undo: Step): void {
    this.#undo.push(undo);
  }

  frees(release: Step): void {
    this.#onCommit.push(release);
  }

  /** Of a write whose fate is unknown nothing is given back: it may have its addresses and ports, and keep them. */
  async finish(fate: Fate): Promise<void> {
    for (const step of this.#stepsAfter(fate)) await step();
  }

  #stepsAfter(fate: Fate): readonly Step[] {
    if (fate === "unknown") return [];
    return fate === "committed" ? this.#onCommit : this.#undo;
  }
}

/** Throws StatusError 422 if there is anything wrong. */
export function refuse({ metadata }: Draft<V1Service>, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw newInvalid({ group: "", kind: "Service" }, metadata.name ?? "", errors);
}
