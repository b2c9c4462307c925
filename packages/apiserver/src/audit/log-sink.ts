import type { Clock } from "@dingi/base";
import type { AuditEvent } from "./event.ts";
import type { AuditSink } from "./sink.ts";

/** Held for no longer than a turn of the loop, and never more than this. */
const MAX_HELD = 1024 * 1024;

interface AuditLogOptions {
  readonly clock: Clock;
  /** Takes whole lines. */
  readonly write: (lines: string) => void;
}

/**
 * One line of JSON for each event; those of one turn of the loop are written together.
 * Upstream: apiserver/plugin/pkg/audit/log/backend.go
 */
export class AuditLogSink implements AuditSink, Disposable {
  readonly #options: AuditLogOptions;
  #lines = "";
  #timer: Disposable | undefined;

  constructor(options: AuditLogOptions) {
    this.#options = options;
  }

  accept(event: AuditEvent): void {
    this.#lines += `${JSON.stringify(event)}\n`;
    if (this.#lines.length > MAX_HELD) this.#flush();
    else this.#timer ??= this.#options.clock.timer(0, () => this.#flush());
  }

  [Symbol.dispose](): void {
    this.#flush();
  }

  #flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const lines = this.#lines;
    this.#lines = "";
    if (lines !== "") this.#options.write(lines);
  }
}
