import type { ScalarType, Schema, StructSchema } from "../schema/schema.ts";
import { GO_TYPE_NAMES } from "./go-type-names.ts";

/** How a scalar that reads itself from text is named in a complaint: by the type that it is read through. */
const SCALARS: Record<ScalarType, string> = {
  string: "string",
  bool: "bool",
  int32: "int32",
  int64: "int64",
  float64: "float64",
  bytes: "[]uint8",
  time: "v1.Time",
  microTime: "v1.MicroTime",
  duration: "v1.Duration",
  quantity: "resource.Quantity",
  intOrString: "intstr.IntOrString",
  fieldsV1: "v1.FieldsV1",
  rawExtension: "runtime.RawExtension",
  rawJson: "v1.JSON",
  schemaOrArray: "v1.JSONSchemaPropsOrArray",
  schemaOrBool: "v1.JSONSchemaPropsOrBool",
  schemaOrStringArray: "v1.JSONSchemaPropsOrStringArray",
  json: "interface {}",
};

/** The type as Go prints it in "cannot unmarshal … of type …"; a struct's field may have a name of its own for it. */
export function goTypeOf(schema: Schema, owner?: StructSchema, field?: string): string {
  const own = owner && namesOf(owner).get(field ?? "");
  if (own !== undefined) return own;
  if (schema.type === "list") return `[]${goTypeOf(schema.items)}`;
  if (schema.type === "map") return `map[string]${goTypeOf(schema.values)}`;
  if (schema.type === "free") return "interface {}";
  return schema.type === "struct" ? schema.name.split(".").slice(-2).join(".") : SCALARS[schema.type];
}

function namesOf(struct: StructSchema): ReadonlyMap<string, string> {
  const pairs = GO_TYPE_NAMES[struct.name]?.split(" ") ?? [];
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf(":")), pair.slice(pair.indexOf(":") + 1)]));
}
