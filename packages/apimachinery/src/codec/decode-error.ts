/**
 * Bytes or a value that cannot be read as what they are said to be. The message is Go's, without a word about what was
 * being read: the caller wraps it.
 */
export class DecodeError extends Error {
  override name = "DecodeError";
  /** "syntax": not JSON or YAML at all; "type": well-formed, but it does not fit the schema. */
  readonly reason: "syntax" | "type";

  constructor(reason: "syntax" | "type", message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
