import { typeOfValue } from "./type-of.ts";
import type { Value } from "./value.ts";

const GO_TYPES: Readonly<Record<string, string>> = {
  int: "types.Int",
  uint: "types.Uint",
  double: "types.Double",
  bool: "types.Bool",
  string: "types.String",
  bytes: "types.Bytes",
  null_type: "types.Null",
  "google.protobuf.Timestamp": "types.Timestamp",
  "google.protobuf.Duration": "types.Duration",
  optional_type: "*types.Optional",
  type: "*types.Type",
};

/** What upstream's own code calls the type of a value, which some of its messages show. */
export function goTypeOf(value: Value): string {
  const { name } = typeOfValue(value);
  return GO_TYPES[name] ?? name;
}
