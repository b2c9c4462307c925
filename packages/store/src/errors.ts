export type StoreUnavailableReason =
  | "DiskFull"
  | "InUse"
  | "NotWritable"
  | "Damaged"
  /** It holds less than was acknowledged. */
  | "Incomplete"
  | "TooNew"
  | "Closed"
  | "Failed"
  /** A store elsewhere did not answer: whether a write was done may be unknown, and the message then says so. */
  | "Unreachable"
  /** A store elsewhere would not do it. */
  | "Refused";

/** The store could not do what was asked; nothing of the request was done, but see "Unreachable". The message says what helps. */
export class StoreUnavailableError extends Error {
  override name = "StoreUnavailableError";
  readonly reason: StoreUnavailableReason;

  constructor(reason: StoreUnavailableReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The watcher did not take its events in time and was cut off; it can watch again from the last revision it saw. */
export class SlowWatcherError extends Error {
  override name = "SlowWatcherError";

  constructor(prefix: string, pendingEvents: number) {
    super(
      `The watch of "${prefix}" fell ${pendingEvents} events behind and was ended; watch again from the last revision seen`,
    );
  }
}
