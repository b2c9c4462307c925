import { newRequestEntityTooLarge } from "../errors/status-error.ts";

/**
 * What a body may be made of. An object that fits the store costs less than all of it where its entries have 20 bytes or
 * more in the mean, as in all that people write; 3 MB that say `{}` or two bytes of protobuf a million times cost twenty
 * times as much.
 */
const MAX_COST = 160_000;
/** A key is a string, hashed and sorted. */
export const MAP_ENTRY = 2;
/** Beyond these, fields cost nothing more: a struct with very many of them, such as a JSON schema, has set few. */
const COUNTED_FIELDS = 12;

/**
 * What decoding a stranger's body may cost, in places for values: one for each scalar and each item of a list, two for an
 * entry of a map or of an object without a schema, and for a struct as many as it has fields, set or not, because code behind the decoder asks for each.
 * JSON, YAML and protobuf spend alike, and stop before they make what nobody can pay for.
 */
export class DecodeBudget {
  #left: number;

  constructor(cost = MAX_COST) {
    this.#left = cost;
  }

  /** @throws {StatusError} 413 */
  spend(cost: number): void {
    this.#left -= cost;
    if (this.#left < 0) throw newRequestEntityTooLarge("the body holds more values than an object can be made of");
  }

  /** @throws {StatusError} 413 */
  spendOnStruct(fields: number): void {
    this.spend(Math.min(fields, COUNTED_FIELDS));
  }
}

/** For bytes that are trusted, such as an API server's answer or what is stored. */
export const UNLIMITED = new DecodeBudget(Number.POSITIVE_INFINITY);
