/**
 * What the generator writes about a wire type and everything else derives from: strict decoding, canonical form,
 * strategic merge, managed fields, protobuf, OpenAPI, copies. It holds wire facts only.
 */
export type Schema = ScalarSchema | ListSchema | MapSchema | StructSchema | FreeSchema;

export type ScalarType =
  | "string"
  | "bool"
  | "int32"
  | "int64"
  | "float64"
  /** Base64 text in JSON. */
  | "bytes"
  /** RFC 3339 to the second, UTC. */
  | "time"
  /** RFC 3339 with six digits of a second. */
  | "microTime"
  /** Go's duration syntax, such as "1m30s". */
  | "duration"
  | "quantity"
  | "intOrString"
  /** A set of field paths, as JSON. */
  | "fieldsV1"
  /** Any object, with its own apiVersion and kind. */
  | "rawExtension"
  /** Any JSON value, which protobuf holds as text. */
  | "rawJson"
  /** A schema of OpenAPI, or a list of such. */
  | "schemaOrArray"
  /** A schema of OpenAPI, or whether anything is right. */
  | "schemaOrBool"
  /** A schema of OpenAPI, or names. */
  | "schemaOrStringArray"
  /** Any JSON value. */
  | "json";

interface ScalarSchema {
  readonly type: ScalarType;
  /** Of one that may be a struct: which. */
  readonly of?: () => StructSchema;
}

export interface ListSchema {
  readonly type: "list";
  readonly items: Schema;
  /** How apply merges the list; atomic when absent. */
  readonly listType?: "atomic" | "set" | "map";
  /** The fields that identify an item of a "map" list. */
  readonly keys?: readonly string[];
}

interface MapSchema {
  readonly type: "map";
  readonly values: Schema;
  readonly atomic?: boolean;
  /** What values there are. */
  readonly enum?: readonly string[];
}

/**
 * A value of a custom kind: it is read as whatever JSON it is. What is said here decides which fields are kept and how their
 * owners share them; whether the value is of the right type is for validation. Upstream: apiextensions-apiserver/pkg/apiserver/schema
 */
export interface FreeSchema {
  readonly type: "free";
  /** What it should be; anything when absent. */
  readonly of?: "object" | "list" | "string" | "numeric" | "boolean" | "scalar" | undefined;
  /** Of an object. */
  readonly properties?: Readonly<Record<string, FreeSchema>> | undefined;
  /** Of an object's other fields, which are unknown without it. */
  readonly values?: FreeSchema | undefined;
  readonly unknown?: Unknown | undefined;
  /** An object that says what it is: apiVersion, kind and metadata are its own, whatever else is said of it. */
  readonly embedded?: boolean;
  /** Of a list. */
  readonly items?: FreeSchema | undefined;
  readonly listType?: ListSchema["listType"] | undefined;
  readonly keys?: readonly string[] | undefined;
  /** Apply takes or leaves an object as a whole. */
  readonly atomic?: boolean;
  /** Null is a value, and not the same as absent. */
  readonly nullable?: boolean;
  readonly default?: unknown;
}

/** What becomes of fields that a schema does not know: x-kubernetes-preserve-unknown-fields keeps them. */
export type Unknown = "drop" | "keep";

export type Published = (refTo: (struct: StructSchema) => string) => Readonly<Record<string, unknown>>;

interface StructOptions {
  readonly atomic?: boolean;
  /** Its objects say what they are, by apiVersion and kind. */
  readonly typed?: boolean;
  /** Of custom kinds only: Go's types drop. */
  readonly unknown?: Unknown;
  /** What OpenAPI shows, where that is not derived from the fields; `refTo` refers to another struct. */
  readonly published?: Published;
}

/**
 * What a type of Go declares in its tags about the values of a field; validateDeclared follows it. Only rules that upstream
 * enforces are here. Upstream: apimachinery/pkg/api/validate
 */
export interface DeclaredRule {
  readonly rule:
    | "required"
    | "optional"
    | "forbidden"
    | "immutable"
    | "update"
    | "maxItems"
    | "maxLength"
    | "maxBytes"
    | "minimum"
    | "maximum"
    | "format"
    | "enum"
    | "unique"
    | "eachKey"
    | "eachVal"
    | "subfield"
    | "unionMember"
    | "ifEnabled"
    | "ifDisabled"
    | "opaqueType";
  /** The subfield's name, or that of the option. */
  readonly args?: readonly string[];
  /** The limit, the format, or the constraint of an update. */
  readonly value?: string | number;
  /** Of an enum. */
  readonly values?: readonly string[];
  /** By which the items of a list are told apart; none when an item is its own key. */
  readonly keys?: readonly string[];
  /** The rule for each key or value, for the subfield, or under the condition. */
  readonly of?: DeclaredRule;
}

export interface Field {
  /** The name in JSON; empty for an inlined struct that protobuf nests. */
  readonly name: string;
  /** The protobuf field number; 0 when the field does not exist in protobuf. */
  readonly number: number;
  readonly schema: Schema;
  /** Go's type is a pointer: absent and zero are different. */
  readonly pointer?: boolean;
  /** Go's tag: a zero value that is neither pointer nor struct is left out. */
  readonly omitempty?: boolean;
  /** A zero time is left out as well. */
  readonly omitzero?: boolean;
  /** OpenAPI lists the field as required. */
  readonly required?: boolean;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  /** Said to be owned field by field: also a struct here whose type is atomic elsewhere. */
  readonly granular?: boolean;
  /** "merge", "retainKeys", "replace" or a comma-separated pair, for strategic merge patches. */
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  /** In the order in which they are followed. */
  readonly rules?: readonly DeclaredRule[];
}

export class StructSchema {
  readonly type = "struct";
  /** OpenAPI's name, such as "io.k8s.api.core.v1.PodSpec". */
  readonly name: string;
  /** Apply takes or leaves the struct as a whole. */
  readonly atomic: boolean;
  readonly typed: boolean;
  readonly unknown: Unknown | undefined;
  readonly published: Published | undefined;
  #own: readonly Field[] | undefined;
  #fields: ReadonlyMap<string, Field> | undefined;
  #thunk: () => readonly Field[];

  constructor(name: string, thunk: () => readonly Field[], options: StructOptions = {}) {
    this.name = name;
    this.unknown = options.unknown;
    this.published = options.published;
    this.atomic = options.atomic ?? false;
    this.typed = options.typed ?? false;
    this.#thunk = thunk;
  }

  /** As Go and protobuf nest them: an inlined struct is one field without a name. */
  get own(): readonly Field[] {
    return (this.#own ??= this.#thunk());
  }

  /** As JSON shows them: inlined structs are flattened. In Go's order. */
  get fields(): ReadonlyMap<string, Field> {
    return (this.#fields ??= new Map(flatten(this)));
  }
}

function* flatten(struct: StructSchema): Generator<[string, Field]> {
  for (const field of struct.own) {
    if (field.name !== "") yield [field.name, field];
    else if (field.schema.type === "struct") yield* flatten(field.schema);
  }
}

const scalar = (type: ScalarType): ScalarSchema => ({ type });

/** The vocabulary of the generated files. */
export const s = {
  string: scalar("string"),
  bool: scalar("bool"),
  int32: scalar("int32"),
  int64: scalar("int64"),
  float64: scalar("float64"),
  bytes: scalar("bytes"),
  time: scalar("time"),
  microTime: scalar("microTime"),
  duration: scalar("duration"),
  quantity: scalar("quantity"),
  intOrString: scalar("intOrString"),
  fieldsV1: scalar("fieldsV1"),
  rawExtension: scalar("rawExtension"),
  rawJson: scalar("rawJson"),
  schemaOrArray: (of: () => StructSchema): ScalarSchema => ({ type: "schemaOrArray", of }),
  schemaOrBool: (of: () => StructSchema): ScalarSchema => ({ type: "schemaOrBool", of }),
  schemaOrStringArray: (of: () => StructSchema): ScalarSchema => ({ type: "schemaOrStringArray", of }),
  json: scalar("json"),
  list: (items: Schema, options: Omit<ListSchema, "type" | "items"> = {}): ListSchema => ({
    type: "list",
    items,
    ...options,
  }),
  map: (values: Schema, options: Omit<MapSchema, "type" | "values"> = {}): MapSchema => ({
    type: "map",
    values,
    ...options,
  }),
  struct: (name: string, thunk: () => readonly Field[], options?: StructOptions): StructSchema =>
    new StructSchema(name, thunk, options),
  free: (options: Omit<FreeSchema, "type"> = {}): FreeSchema => ({ type: "free", ...options }),
  field: (
    name: string,
    number: number,
    schema: Schema,
    options: Omit<Field, "name" | "number" | "schema"> = {},
  ): Field => ({
    name,
    number,
    schema,
    ...options,
  }),
};
