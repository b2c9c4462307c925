import type { GrpcCode, GrpcError } from "@dingi/grpc";

/** gRPC's status codes by name; what CRI tells apart. */
export type RuntimeErrorCode = GrpcCode;

/** A runtime refused or failed a call. `message` carries the runtime's own words. */
export class RuntimeError extends Error {
  override name = "RuntimeError";
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function hasRuntimeCode(error: unknown, code: RuntimeErrorCode): error is RuntimeError {
  return error instanceof RuntimeError && error.code === code;
}

/** As Go's gRPC prints it, for texts that show the whole error; of others, their message. Upstream: google.golang.org/grpc/status */
export function rpcErrorText(error: unknown): string {
  if (error instanceof RuntimeError) return `rpc error: code = ${error.code} desc = ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

/** What a call to the runtime at this socket met. */
export function asRuntimeError(error: GrpcError, socket: string): RuntimeError {
  const { code, message } = error;
  // The words are the runtime's own: a cause would only say them again.
  if (code !== "Unavailable") return new RuntimeError(code, message);
  return new RuntimeError(code, `The container runtime at "${socket}" does not answer; is it running?`, {
    cause: error,
  });
}
