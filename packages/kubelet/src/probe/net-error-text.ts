/** What Go calls the system's errors. Upstream: syscall/zerrors_linux.go */
const SYSCALL_TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  ECONNRESET: "read: connection reset by peer",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "connect: connection timed out",
};

interface NetErrorContext {
  /** "10.0.0.1:80" */
  readonly address: string;
  readonly signal: AbortSignal;
  /** Whether an HTTP client's time limit is what runs out. */
  readonly http?: boolean;
}

/** A connection's error in the words that Go has for it: `dial tcp 10.0.0.1:80: connect: connection refused`. */
export function netErrorText(error: unknown, { address, signal, http = false }: NetErrorContext): string {
  if (signal.aborted)
    return http
      ? "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
      : `dial tcp ${address}: i/o timeout`;
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (code === "ECONNRESET" && message === "socket hang up") return "EOF";
  const text = SYSCALL_TEXTS[code];
  if (text === undefined) return error instanceof Error ? message : String(error);
  return code === "ECONNRESET" ? `read tcp ${address}: ${text}` : `dial tcp ${address}: ${text}`;
}

/** An answer in plain HTTP where TLS was expected. */
export function isPlainAnswer(error: unknown): boolean {
  const { code = "" } = (error instanceof Error && error.cause ? error.cause : error) as NodeJS.ErrnoException;
  return code === "EPROTO" || code.startsWith("ERR_SSL_");
}
