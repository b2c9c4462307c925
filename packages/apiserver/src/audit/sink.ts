import type { AuditEvent } from "./event.ts";

/** Where events go. Neither waits nor fails: what cannot be kept is counted by whoever keeps it. */
export interface AuditSink {
  accept(event: AuditEvent): void;
}
