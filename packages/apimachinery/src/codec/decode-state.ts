import { DecodeError } from "./decode-error.ts";
import type { StructSchema } from "../schema/schema.ts";
import { goQuote } from "./go-quote.ts";
import type { FieldPlan } from "./plan.ts";

const MAX_ERRORS = 100;
/** Of a number's digits, and of the names of fields that do not exist. */
const MAX_SHOWN = 16 * 1024;
/** Of all texts that were made to be told, those too that are alike once they are cut. */
const MAX_MADE = 2 * 1024 * 1024;

/** A struct's field, a list's index or a map's key. */
type PathPart = FieldPlan | string | number;

/**
 * Where a decoder is, and what it found wrong so far: unknown and duplicate fields, which do no harm, and the first value
 * of a wrong type. Upstream: sigs.k8s.io/json/internal/golang/encoding/json/{decode,kubernetes_patch}.go
 */
export class DecodeState {
  readonly path: PathPart[] = [];
  readonly #strict = new Set<string>();
  readonly #pruned: string[] = [];
  readonly #metadata: string[] = [];
  #typeError: DecodeError | undefined;
  #made = 0;

  get strictErrors(): readonly string[] {
    const unknown = [...this.#pruned.sort(), ...this.#metadata.sort()];
    return [...this.#strict, ...unknown.map((where) => `unknown field ${goQuote(where)}`)];
  }

  /** A field that a struct does not have. */
  dropped({ unknown }: StructSchema, field: string): void {
    if (unknown === undefined) this.#add("unknown field", this.path, field);
    else this.pruned([], field);
  }

  /** A field that a custom kind does not have: these are told behind all else, in the order of their paths. */
  pruned(path: readonly (string | number)[], field: string): void {
    if (this.#pruned.length >= MAX_ERRORS) return;
    this.#pruned.push(shorten(joinPath([...this.path, ...path, field])));
  }

  /** A field that the metadata of an object within does not have; such are told last of all. */
  prunedMetadata(path: readonly (string | number)[], field: string): void {
    if (this.#metadata.length < MAX_ERRORS)
      this.#metadata.push(shorten(joinPath([...this.path, ...path]) + `.${field}`));
  }

  /** Where something is, as errors name it. */
  placeOf(path: readonly (string | number)[]): string {
    return shorten(joinPath([...this.path, ...path]));
  }

  duplicate(field: string): void {
    this.#add("duplicate field", this.path, field);
  }

  /** A duplicate at a path below the current one. */
  duplicateBelow(path: readonly (string | number)[], field: string): void {
    this.#add("duplicate field", [...this.path, ...path], field);
  }

  #add(what: string, path: readonly PathPart[], field: string): void {
    if (this.#strict.size >= MAX_ERRORS || this.#made > MAX_MADE) return;
    const text = `${what} ${goQuote(shorten(joinPath([...path, field])))}`;
    this.#made += text.length;
    this.#strict.add(text);
  }

  /** The complaint about a value here: "string", "number 1.5" or "array" where Go has `goType`. */
  typeError(found: string, goType: string): DecodeError {
    const value = found.length > MAX_SHOWN ? `${found.slice(0, MAX_SHOWN)}...` : found;
    // What has no name in Go is read by itself.
    const fields = this.path.filter((part) => typeof part === "object" && part.goName !== "") as FieldPlan[];
    const struct = fields.at(-1)?.owner;
    const where =
      struct === undefined ? "Go value" : `Go struct field ${struct}.${fields.map(({ goName }) => goName).join(".")}`;
    return new DecodeError("type", `json: cannot unmarshal ${value} into ${where} of type ${goType}`);
  }

  saveTypeError(error: DecodeError): void {
    this.#typeError ??= error;
  }

  /** Only the first is told. */
  get hasTypeError(): boolean {
    return this.#typeError !== undefined;
  }

  throwTypeError(): void {
    if (this.#typeError !== undefined) throw this.#typeError;
  }
}

function shorten(where: string): string {
  return where.length > MAX_SHOWN ? `${where.slice(0, MAX_SHOWN).toWellFormed()}...` : where;
}

/** No longer than what is shown and one part: a part may have megabytes, and lead to thousands of faults. */
function joinPath(parts: readonly PathPart[]): string {
  let where = "";
  for (const part of parts) {
    if (where.length > MAX_SHOWN) break;
    if (typeof part === "number") where += `[${part}]`;
    else where += `${where === "" ? "" : "."}${cut(typeof part === "string" ? part : part.name)}`;
  }
  return where;
}

const cut = (part: string): string => (part.length > MAX_SHOWN ? part.slice(0, MAX_SHOWN + 1) : part);
