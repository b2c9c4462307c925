import { types, type CelType, type TypeProvider } from "@dingi/cel";

const { DYN, listOf, mapOf, structOf } = types;

export const VARIABLES_TYPE = structOf("kubernetes.variables");

const KNOWN: ReadonlySet<CelType["kind"]> = new Set([
  "any",
  "bool",
  "bytes",
  "double",
  "duration",
  "int",
  "null",
  "string",
  "timestamp",
  "uint",
]);

/** The variables that a policy has declared so far, as fields of `variables`; one can use those before it. */
export class DeclaredVariables implements TypeProvider {
  readonly #types = new Map<string, CelType>();

  /** Undefined: its expression does not compile, and what uses it may do so with anything. */
  declare(name: string, type: CelType | undefined): void {
    this.#types.set(name, type === undefined ? DYN : asDeclared(type));
  }

  findType(name: string): CelType | undefined {
    return name === VARIABLES_TYPE.name ? VARIABLES_TYPE : undefined;
  }

  findField(struct: string, field: string): CelType | undefined {
    return struct === VARIABLES_TYPE.name ? this.#types.get(field) : undefined;
  }
}

/** Types of libraries are forgotten. Upstream: apiserver/pkg/admission/plugin/cel/composition.go#convertCelTypeToDeclType */
function asDeclared(type: CelType): CelType {
  const [first, second] = type.params;
  if (type.kind === "list") return listOf(asDeclared(first!));
  if (type.kind === "map") return mapOf(asDeclared(first!), asDeclared(second!));
  return KNOWN.has(type.kind) ? type : DYN;
}
