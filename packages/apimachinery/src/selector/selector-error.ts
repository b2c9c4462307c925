/** A selector that cannot be understood. The message is upstream's. */
export class SelectorError extends Error {
  override name = "SelectorError";
}
