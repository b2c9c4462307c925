import { CelError, CelMap, Opaque, types, type CelType, type TypeProvider, type Value } from "@dingi/cel";

const { DYN, STRING, structOf } = types;

export const OBJECT_TYPE = structOf("Object");
const JSON_PATCH_TYPE = structOf("JSONPatch");
export const JSON_PATCHES_TYPE = types.listOf(JSON_PATCH_TYPE);

/** Upstream knows every field, and of what type only those that there are. */
const NO_TYPE = structOf("");

const isObjectType = (name: string): boolean => name === OBJECT_TYPE.name || name.startsWith(`${OBJECT_TYPE.name}.`);

/**
 * `Object{spec: Object.spec{…}}`: any fields, whose types are named by their path.
 * Upstream: apiserver/pkg/cel/mutation/dynamic/objects.go#ObjectVal
 */
export class ObjectValue extends CelMap {
  readonly type: CelType;
  readonly fields: ReadonlyMap<string, Value>;

  constructor(typeName: string, fields: ReadonlyMap<string, Value>) {
    super();
    this.type = structOf(typeName);
    this.fields = fields;
  }

  get size(): number {
    return this.fields.size;
  }

  keys(): Iterable<Value> {
    return this.fields.keys();
  }

  find(key: Value): Value | undefined {
    return typeof key === "string" ? this.fields.get(key) : undefined;
  }
}

/** Upstream: apiserver/pkg/cel/mutation/jsonpatch.go#JSONPatchVal */
export class JsonPatchValue extends Opaque {
  readonly type = JSON_PATCH_TYPE;
  readonly op: string;
  readonly path: string;
  readonly from: string;
  /** Undefined where none is given. */
  readonly value: Value | undefined;

  constructor(fields: ReadonlyMap<string, Value>) {
    super();
    const text = (name: string): string => (fields.get(name) as string | undefined) ?? "";
    this.op = text("op");
    this.path = text("path");
    this.from = text("from");
    this.value = fields.get("value");
  }

  equals(other: Opaque): boolean {
    return this === other;
  }
}

/** The types with which a mutating policy says what it wants. Upstream: apiserver/pkg/cel/mutation/typeresolver.go */
export const MUTATION_TYPES: TypeProvider = {
  findType(name) {
    if (name === JSON_PATCH_TYPE.name) return JSON_PATCH_TYPE;
    return isObjectType(name) ? structOf(name) : undefined;
  },
  findField(struct, field) {
    if (struct !== JSON_PATCH_TYPE.name) return DYN;
    if (field === "value") return DYN;
    return field === "op" || field === "path" || field === "from" ? STRING : NO_TYPE;
  },
  make(struct, fields) {
    if (struct !== JSON_PATCH_TYPE.name) return new ObjectValue(struct, fields);
    const wrong = ["op", "path", "from"].find((name) => fields.has(name) && typeof fields.get(name) !== "string");
    if (wrong === undefined) return new JsonPatchValue(fields);
    return new CelError(`unexpected type for JSONPatchType '${wrong}' field`);
  },
};
