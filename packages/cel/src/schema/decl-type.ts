import type { CelType } from "../check/type.ts";
import type { Value } from "../value/value.ts";

/** What a schema says of a value: its type, how large it may be, and how JSON becomes one. */
export interface DeclType {
  readonly type: CelType;
  /** How many elements, entries, characters or bytes it has at most; 0 where that says nothing. */
  readonly maxElements: number;
  /** How few bytes it takes as JSON. */
  readonly minSerializedSize: number;
  /** Of objects: by their escaped names. */
  readonly fields?: ReadonlyMap<string, DeclField>;
  /** Of maps. */
  readonly key?: DeclType;
  /** Of lists and maps. */
  readonly element?: DeclType;
  read(raw: unknown): Value;
}

export interface DeclField {
  /** The name in JSON. */
  readonly name: string;
  readonly decl: DeclType;
}
