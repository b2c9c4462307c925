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

/** What a call to the runtime at this socket met. */
export function asRuntimeError(error: GrpcError, socket: string): RuntimeError {
  const { code, message } = error;
  if (code !== "Unavailable") return new RuntimeError(code, message, { cause: error });
  return new RuntimeError(code, `The container runtime at "${socket}" does not answer; is it running?`, {
    cause: error,
  });
}
