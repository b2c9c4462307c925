import type { EventEmitter } from "node:events";

/** What is used of an HTTP/2 session. */
interface IdleSession extends EventEmitter {
  /** Emits "timeout" once nothing has gone to and fro for so long. */
  readonly setTimeout: (ms: number) => unknown;
  close(): void;
}

/** Closes a connection without a request. What is open keeps its connection, however silent it is: a watch waits for changes. */
export function closeWhenIdle(session: IdleSession, idleMs: number): void {
  let open = 0;
  const arm = () => session.setTimeout(idleMs);
  session.on("timeout", () => open === 0 && session.close());
  session.on("stream", (stream: EventEmitter) => {
    open++;
    stream.once("close", () => --open === 0 && arm());
  });
  arm();
}
