import type { CelType } from "../check/type.ts";
import type { TypeProvider } from "../check/type-provider.ts";
import type { CostNode, SizeEstimator } from "../cost/call-estimate.ts";
import type { Range } from "../cost/saturating.ts";
import { range } from "../cost/saturating.ts";
import { CelError } from "../value/error.ts";
import type { DeclType } from "./decl-type.ts";

/** The object types of schemas, found by their names. */
export function schemaProvider(...roots: readonly DeclType[]): TypeProvider {
  const structs = new Map<string, DeclType>();
  const add = (decl: DeclType): void => {
    if (decl.fields) structs.set(decl.type.name, decl);
    if (decl.element) add(decl.element);
    for (const field of decl.fields?.values() ?? []) add(field.decl);
  };
  roots.forEach(add);
  return {
    findType: (name): CelType | undefined => structs.get(name)?.type,
    findField: (struct, field) => structs.get(struct)?.fields?.get(field)?.decl.type,
    // Upstream checks such an expression, but its types of schemas make no values.
    make: (struct) => new CelError(`unknown type '${struct}'`),
  };
}

/** How large the values behind variables may be, by the schemas of the variables. */
export function schemaSizes(variables: Readonly<Record<string, DeclType>>): SizeEstimator {
  return { estimateSize: (node) => sizeAt(variables, node) };
}

function sizeAt(variables: Readonly<Record<string, DeclType>>, { path }: CostNode): Range | undefined {
  const [variable, ...steps] = path;
  if (variable === undefined || !Object.hasOwn(variables, variable)) return undefined;
  let decl: DeclType | undefined = variables[variable];
  for (const step of steps) {
    decl = stepInto(decl!, step);
    if (!decl) return undefined;
  }
  return range(0, decl!.maxElements);
}

function stepInto(decl: DeclType, step: string): DeclType | undefined {
  if (step === "@items" || step === "@values") return decl.element;
  return step === "@keys" ? decl.key : decl.fields?.get(step)?.decl;
}
