import type { Value } from "../value/value.ts";
import type { CelType } from "./type.ts";

/** Where structured types come from: schemas, or types that a library declares. */
export interface TypeProvider {
  /** The type of this name, for `Name{…}` and as a value; undefined if there is none. */
  findType(name: string): CelType | undefined;
  /** The type of a field, undefined if the struct has no such field. */
  findField(struct: string, field: string): CelType | undefined;
  /** Makes a value of a struct type; undefined where none can be made. */
  make?(struct: string, fields: ReadonlyMap<string, Value>): Value;
}
