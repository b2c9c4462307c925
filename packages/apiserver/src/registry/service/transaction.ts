import { newInvalid, type Draft, type FieldError } from "@dingi/apimachinery";
import type { V1Service } from "@dingi/api";

/** What a write has taken, to be given back if it fails; and what it sets free if it succeeds. */
export class Transaction {
  readonly dryRun: boolean;
  readonly #undo: (() => void)[] = [];
  readonly #onCommit: (() => void)[] = [];

  constructor(dryRun: boolean) {
    this.dryRun = dryRun;
  }

  took(undo: () => void): void {
    this.#undo.push(undo);
  }

  frees(release: () => void): void {
    this.#onCommit.push(release);
  }

  finish(committed: boolean): void {
    for (const step of committed ? this.#onCommit : this.#undo) step();
  }
}

/** Throws StatusError 422 if there is anything wrong. */
export function refuse({ metadata }: Draft<V1Service>, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw newInvalid({ group: "", kind: "Service" }, metadata.name ?? "", errors);
}
