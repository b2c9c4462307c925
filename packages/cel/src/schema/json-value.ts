import { CelError } from "../value/error.ts";
import { CelList } from "../value/value.ts";
import { CelMap } from "../value/value.ts";
import { CelDouble, intOf } from "../value/numbers.ts";
import type { Value } from "../value/value.ts";
import type { DeclField } from "./decl-type.ts";

/** JSON whose schema nobody knows. A number without a fraction is an int. Nothing is copied. */
export function jsonValue(raw: unknown): Value {
  switch (typeof raw) {
    case "string":
    case "boolean":
      return raw;
    case "number":
      return Number.isSafeInteger(raw) ? raw : new CelDouble(raw);
    case "bigint":
      return intOf(raw);
    default:
      return jsonContainer(raw);
  }
}

function jsonContainer(raw: unknown): Value {
  if (raw === null || raw === undefined) return null;
  return Array.isArray(raw) ? new JsonList(raw, jsonValue) : new JsonMap(raw as Record<string, unknown>, jsonValue);
}

type Read = (raw: unknown) => Value;

/** An array of JSON. */
export class JsonList extends CelList {
  readonly raw: readonly unknown[];
  readonly #read: Read;

  constructor(raw: readonly unknown[], read: Read) {
    super();
    this.raw = raw;
    this.#read = read;
  }

  get size(): number {
    return this.raw.length;
  }

  at(index: number): Value {
    return this.#read(this.raw[index]);
  }
}

/** An object of JSON whose keys are data. */
export class JsonMap extends CelMap {
  readonly raw: Readonly<Record<string, unknown>>;
  readonly #read: Read;

  constructor(raw: Readonly<Record<string, unknown>>, read: Read) {
    super();
    this.raw = raw;
    this.#read = read;
  }

  get size(): number {
    return Object.keys(this.raw).length;
  }

  keys(): Iterable<Value> {
    return Object.keys(this.raw);
  }

  find(key: Value): Value | undefined {
    return this.has(key) ? this.#read(this.raw[key as string]) : undefined;
  }

  override has(key: Value): boolean {
    return typeof key === "string" && Object.hasOwn(this.raw, key);
  }
}

/** An object of JSON whose fields a schema names; others are not there, and neither are those that are null. */
export class JsonObject extends CelMap {
  readonly raw: Readonly<Record<string, unknown>>;
  readonly #fields: ReadonlyMap<string, DeclField>;

  constructor(raw: Readonly<Record<string, unknown>>, fields: ReadonlyMap<string, DeclField>) {
    super();
    this.raw = raw;
    this.#fields = fields;
  }

  get size(): number {
    return [...this.keys()].length;
  }

  *keys(): Iterable<Value> {
    for (const escaped of this.#fields.keys()) if (this.has(escaped)) yield escaped;
  }

  find(key: Value): Value | undefined {
    if (!this.has(key)) return undefined;
    const { name, decl } = this.#fields.get(key as string)!;
    return decl.read(this.raw[name]);
  }

  override has(key: Value): boolean {
    const field = this.#fields.get(key as string);
    return field !== undefined && Object.hasOwn(this.raw, field.name) && this.raw[field.name] !== null;
  }
}

/** Data that do not fit their schema. */
export function invalidData(expected: string, raw: unknown): CelError {
  return new CelError(`invalid data, expected ${expected}, got ${raw === null ? "null" : typeof raw}`);
}
