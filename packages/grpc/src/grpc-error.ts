/** gRPC's status codes in the order of their numbers, from 1. */
const CODES = [
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
] as const;

/** gRPC's status codes by name. */
export type GrpcCode = (typeof CODES)[number];

/** A call was refused or failed. `message` carries the other side's own words, so it has no cause. */
export class GrpcError extends Error {
  override name = "GrpcError";
  readonly code: GrpcCode;

  constructor(code: GrpcCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function hasGrpcCode(error: unknown, code: GrpcCode): error is GrpcError {
  return error instanceof GrpcError && error.code === code;
}

/** By its number on the wire. */
export function codeOf(number: number): GrpcCode {
  return CODES[number - 1] ?? "Unknown";
}
