/** What kind of type it is; decides how it is compared. */
export type TypeKind =
  | "bool"
  | "bytes"
  | "double"
  | "int"
  | "uint"
  | "string"
  | "null"
  | "duration"
  | "timestamp"
  | "dyn"
  | "any"
  | "error"
  | "list"
  | "map"
  | "struct"
  | "opaque"
  | "type"
  | "param";

/** A type of the language. Immutable; two types are the same if their kind, name and parameters are. */
export interface CelType {
  readonly kind: TypeKind;
  /** The name as the language spells it: "int", "list", "google.protobuf.Timestamp", a struct's name. */
  readonly name: string;
  readonly params: readonly CelType[];
}

const NO_PARAMS: readonly CelType[] = [];

function simple(kind: TypeKind, name: string = kind): CelType {
  return { kind, name, params: NO_PARAMS };
}

export const BOOL = simple("bool");
export const BYTES = simple("bytes");
export const DOUBLE = simple("double");
export const INT = simple("int");
export const UINT = simple("uint");
export const STRING = simple("string");
export const NULL = simple("null", "null_type");
export const DURATION = simple("duration", "google.protobuf.Duration");
export const TIMESTAMP = simple("timestamp", "google.protobuf.Timestamp");
export const DYN = simple("dyn");
export const ANY = simple("any", "google.protobuf.Any");
export const ERROR = simple("error");
/** The type of types, when it is not known of which. */
export const TYPE = simple("type");

export function listOf(element: CelType): CelType {
  return { kind: "list", name: "list", params: [element] };
}

export function mapOf(key: CelType, value: CelType): CelType {
  return { kind: "map", name: "map", params: [key, value] };
}

export function structOf(name: string): CelType {
  return simple("struct", name);
}

export function opaqueOf(name: string, ...params: CelType[]): CelType {
  return { kind: "opaque", name, params };
}

export function optionalOf(value: CelType): CelType {
  return opaqueOf("optional_type", value);
}

export function typeOf(type: CelType): CelType {
  return { kind: "type", name: "type", params: [type] };
}

export function paramOf(name: string): CelType {
  return simple("param", name);
}

export function isDyn(type: CelType): boolean {
  return type.kind === "dyn" || type.kind === "any";
}

export function isDynOrError(type: CelType): boolean {
  return isDyn(type) || type.kind === "error";
}

export function isOptional(type: CelType): boolean {
  return type.kind === "opaque" && type.name === "optional_type";
}

/** The type inside an optional, or the type itself. */
export function unwrapOptional(type: CelType): { type: CelType; optional: boolean } {
  return isOptional(type) ? { type: type.params[0] ?? DYN, optional: true } : { type, optional: false };
}

export function sameType(a: CelType, b: CelType): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.name !== b.name || a.params.length !== b.params.length) return false;
  return a.params.every((param, i) => sameType(param, b.params[i]!));
}

/** Like sameType, but any type parameter equals any other. Upstream: github.com/google/cel-go/common/types/types.go#IsEquivalentType */
export function equivalentType(a: CelType, b: CelType): boolean {
  if (a.kind !== b.kind || a.params.length !== b.params.length) return false;
  if (a.kind !== "param" && a.name !== b.name) return false;
  return a.params.every((param, i) => equivalentType(param, b.params[i]!));
}

const SHORT_NAMES: Partial<Record<TypeKind, string>> = {
  any: "any",
  duration: "duration",
  error: "!error!",
  null: "null",
  timestamp: "timestamp",
};

/** As Go prints a type: by the names that it has as a value. The checker's own messages have shorter ones. */
export function printType({ name, params }: CelType): string {
  return params.length === 0 ? name : `${name}(${params.map(printType).join(", ")})`;
}

/** As messages print a type: "list(string)". Upstream: github.com/google/cel-go/checker/format.go#FormatCELType */
export function formatType(type: CelType): string {
  const short = SHORT_NAMES[type.kind];
  if (short !== undefined) return short;
  if (type.params.length === 0) return type.name;
  return `${type.name}(${type.params.map(formatType).join(", ")})`;
}

/** As messages print the arguments of a call: "string.(int)", "(int, string)". */
export function formatSignature(args: readonly CelType[], member: boolean): string {
  const names = args.map(formatType);
  return member ? `${names[0]}.(${names.slice(1).join(", ")})` : `(${names.join(", ")})`;
}

/** The names of type parameters in any of `types`. */
export function typeParamsOf(types: readonly CelType[]): string[] {
  const names = new Set<string>();
  const visit = (type: CelType): void => {
    if (type.kind === "param") names.add(type.name);
    type.params.forEach(visit);
  };
  types.forEach(visit);
  return [...names];
}
