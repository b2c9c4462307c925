import type { PathElement } from "./path-element.ts";

/** An object has no room for who owns its fields. */
export class OwnersTooLarge extends Error {
  override name = "OwnersTooLarge";

  constructor() {
    super("The owners of the object's fields are larger than what may be stored");
  }
}

/** What FieldsV1 writes around an element at the least: quotes, a colon, and an object with nothing in it. */
const AROUND_ELEMENT = 5;

/**
 * How much may still be written about who owns what. Paths take more bytes than the values they lead to, so the owners of a wide
 * object are the costliest part of it: what cannot be stored in the end is not worked out to the end.
 */
export class OwnersBudget {
  #left: number;

  /** @param bytes that an object has left beside what it says itself */
  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** @throws {OwnersTooLarge} */
  spend({ text }: PathElement): void {
    this.#left -= text.length + AROUND_ELEMENT;
    if (this.#left < 0) throw new OwnersTooLarge();
  }
}
