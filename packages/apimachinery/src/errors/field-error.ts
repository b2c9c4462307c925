/** Upstream: apimachinery/pkg/util/validation/field/errors.go */
type FieldErrorType =
  | "FieldValueNotFound"
  | "FieldValueRequired"
  | "FieldValueDuplicate"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "InternalError"
  | "FieldValueTypeInvalid";

/** One violated rule. Validation returns these in upstream's order; it never throws them. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** The path as upstream prints it, such as `spec.containers[0].ports[1].name`. */
  readonly field: string;
  readonly badValue: unknown;
  readonly detail: string;
}

/** A path into an object; immutable, and put into words only when something there is wrong. */
export class FieldPath {
  readonly #parent: FieldPath | undefined;
  /** A field's name, or in brackets the number or the key of an item. */
  readonly #part: string | number;
  readonly #isItem: boolean;

  constructor(part: string | number, parent?: FieldPath, isItem = false) {
    this.#part = part;
    this.#parent = parent;
    this.#isItem = isItem;
  }

  child(name: string, ...more: string[]): FieldPath {
    let path: FieldPath = name === "" ? this : new FieldPath(name, this);
    for (const next of more) path = path.child(next);
    return path;
  }

  index(i: number): FieldPath {
    return new FieldPath(i, this, true);
  }

  key(k: string): FieldPath {
    return new FieldPath(k, this, true);
  }

  toString(): string {
    const text = this.#join();
    return text.startsWith(".") ? text.slice(1) : text;
  }

  #join(): string {
    const part = this.#isItem ? `[${this.#part}]` : this.#parent ? `.${this.#part}` : `${this.#part}`;
    return this.#parent ? this.#parent.#join() + part : part;
  }
}

export function path(...names: string[]): FieldPath {
  return new FieldPath(names.join("."));
}

/** How Go prints the path of an error about the object as a whole. */
export const NO_FIELD = "[]";

/** A bad value that Go prints in words of its own, or, when these are empty, not at all. */
export class PrintedValue {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** For what is too large, or too secret, to be shown. */
export const OMITTED_VALUE = new PrintedValue("");

type Where = FieldPath | string;

export const required = (field: Where, detail = ""): FieldError => make("FieldValueRequired", field, "", detail);
export const invalid = (field: Where, badValue: unknown, detail: string): FieldError =>
  make("FieldValueInvalid", field, badValue, detail);
export const duplicate = (field: Where, badValue: unknown): FieldError =>
  make("FieldValueDuplicate", field, badValue, "");
export const notFound = (field: Where, badValue: unknown): FieldError =>
  make("FieldValueNotFound", field, badValue, "");
export const forbidden = (field: Where, detail: string): FieldError => make("FieldValueForbidden", field, "", detail);
export const internalError = (field: Where, detail: string): FieldError =>
  make("InternalError", field, undefined, detail);

export function tooLong(field: Where, _badValue: unknown, maxBytes: number): FieldError {
  return make(
    "FieldValueTooLong",
    field,
    undefined,
    maxBytes < 0 ? "value is too long" : `may not be more than ${maxBytes} ${maxBytes === 1 ? "byte" : "bytes"}`,
  );
}

/** Counted as people count. Upstream: …/errors.go#TooLongCharacters */
export function tooLongCharacters(field: Where, maxCharacters: number): FieldError {
  const noun = maxCharacters === 1 ? "character" : "characters";
  return make("FieldValueTooLong", field, undefined, `may not be more than ${maxCharacters} ${noun}`);
}

export function tooMany(field: Where, actual: number, max: number): FieldError {
  const noun = max === 1 ? "item" : "items";
  return make("FieldValueTooMany", field, actual, max < 0 ? "has too many items" : `must have at most ${max} ${noun}`);
}

/** The supported values are named in the order given; sort them where upstream does. */
export function notSupported(field: Where, badValue: unknown, supported: readonly string[]): FieldError {
  return notAmongSupported(field, badValue, quotedList(supported));
}

/** The same, of values in quotes that were put together once for many errors. */
export function notAmongSupported(field: Where, badValue: unknown, supported: string): FieldError {
  return make("FieldValueNotSupported", field, badValue, supported === "" ? "" : `supported values: ${supported}`);
}

export function quotedList(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(", ");
}

function make(type: FieldErrorType, field: Where, badValue: unknown, detail: string): FieldError {
  const error = { type, field: field.toString(), badValue, detail };
  if (found !== undefined && found.push(error) >= MAX_FIELD_ERRORS) throw new TooManyFieldErrors(found);
  return error;
}

/** More of them are neither looked for nor told: no one reads them, and a body of 3 MB can hold a million. */
export const MAX_FIELD_ERRORS = 1000;

/** What the validation that runs has found so far. */
let found: FieldError[] | undefined;

class TooManyFieldErrors extends Error {
  readonly found: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super("The validation has found more errors than are told");
    this.found = errors;
  }
}

/**
 * What a validation finds, which ends once it has found as many errors as are told, wherever it is. Validations inside of
 * others, whose errors are not told, are counted for themselves when they are run by this.
 */
export function findErrors(validate: () => readonly FieldError[]): readonly FieldError[] {
  const outer = found;
  found = [];
  try {
    return validate();
  } catch (error) {
    if (error instanceof TooManyFieldErrors) return error.found;
    throw error;
  } finally {
    found = outer;
  }
}

const TYPE_TEXT: Record<FieldErrorType, string> = {
  FieldValueNotFound: "Not found",
  FieldValueRequired: "Required value",
  FieldValueDuplicate: "Duplicate value",
  FieldValueInvalid: "Invalid value",
  FieldValueNotSupported: "Unsupported value",
  FieldValueForbidden: "Forbidden",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
  InternalError: "Internal error",
  FieldValueTypeInvalid: "Invalid value",
};

const WITHOUT_VALUE: ReadonlySet<FieldErrorType> = new Set([
  "FieldValueRequired",
  "FieldValueForbidden",
  "FieldValueTooLong",
  "InternalError",
]);

/** What is wrong, without the field's name: the message of a Status cause. */
export function fieldErrorBody(error: FieldError): string {
  const head = TYPE_TEXT[error.type];
  const isShown = !WITHOUT_VALUE.has(error.type) && error.badValue !== OMITTED_VALUE;
  const text = isShown ? `${head}: ${printValue(error.badValue)}` : head;
  const { detail } = error;
  if (detail.length > MAX_DETAIL_LENGTH) return `${text}: ${detail.slice(0, MAX_DETAIL_LENGTH).toWellFormed()}...`;
  return detail === "" ? text : `${text}: ${detail}`;
}

export function fieldErrorText(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`;
}

/** Differs: upstream repeats any value whole, twice. */
const MAX_VALUE_LENGTH = 16 * 1024;
/** Some details repeat a whole spec before and after. */
const MAX_DETAIL_LENGTH = 128 * 1024;

function printValue(value: unknown): string {
  if (value === undefined || value === null) return "null";
  if (value instanceof PrintedValue) return value.text;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "string" && value.length > MAX_VALUE_LENGTH)
    return `${JSON.stringify(value.slice(0, MAX_VALUE_LENGTH).toWellFormed())}...`;
  const text = JSON.stringify(value);
  return text.length > MAX_VALUE_LENGTH * 2 ? `${text.slice(0, MAX_VALUE_LENGTH).toWellFormed()}...` : text;
}
