import {
  AUTHORIZER_TYPE,
  JSON_PATCH,
  newExpressions,
  RESOURCE_CHECK_TYPE,
  storedExpressions,
  types,
  type CelType,
  type Environment,
  type TypeProvider,
} from "@dingi/cel";
import { MUTATION_TYPES } from "./mutation-types.ts";
import { NAMESPACE_TYPE, REQUEST_TYPE, REQUEST_TYPES } from "./request-types.ts";
import { VARIABLES_TYPE, type DeclaredVariables } from "./variables-type.ts";

/** What an expression may be written in: by a write, or stored before and run. */
type ExpressionMode = "new" | "stored";

/** What an expression of admission can refer to, besides what all can. */
export interface Declarations {
  readonly params?: boolean;
  readonly authorizer?: boolean;
  /** `Object{…}` and `JSONPatch{…}`. */
  readonly patchTypes?: boolean;
  readonly variables?: DeclaredVariables | undefined;
}

const { DYN } = types;

/** Upstream: apiserver/pkg/admission/plugin/cel/compile.go#createEnvForOpts */
export function admissionEnvironment(declared: Declarations, mode: ExpressionMode): Environment {
  const { variables } = declared;
  const environment = withoutVariables(declared, mode);
  if (!variables) return environment;
  const types = firstOf([variables, ...providers(declared)]);
  return environment.extend({ variables: { variables: VARIABLES_TYPE }, types });
}

const known = new Map<string, Environment>();

/** There are few, and most expressions have no other. */
function withoutVariables(declared: Declarations, mode: ExpressionMode): Environment {
  const { params = false, authorizer = false, patchTypes = false } = declared;
  const key = `${mode} ${params} ${authorizer} ${patchTypes}`;
  const made = known.get(key) ?? make(declared, mode);
  known.set(key, made);
  return made;
}

function make({ params, authorizer, patchTypes }: Declarations, mode: ExpressionMode): Environment {
  const variables: Record<string, CelType> = {
    object: DYN,
    oldObject: DYN,
    namespaceObject: NAMESPACE_TYPE,
    request: REQUEST_TYPE,
    ...(params ? { params: DYN } : {}),
    ...(authorizer ? { authorizer: AUTHORIZER_TYPE, "authorizer.requestResource": RESOURCE_CHECK_TYPE } : {}),
  };
  const environment = mode === "new" ? newExpressions : storedExpressions;
  const libraries = patchTypes ? [JSON_PATCH] : [];
  return environment.extend({ variables, libraries, types: firstOf(providers({ patchTypes: patchTypes ?? false })) });
}

const providers = ({ patchTypes }: Declarations): readonly TypeProvider[] =>
  patchTypes ? [REQUEST_TYPES, MUTATION_TYPES] : [REQUEST_TYPES];

/** What the first of them knows. */
export function firstOf(all: readonly TypeProvider[]): TypeProvider {
  const ownerOf = (struct: string) => all.find((one) => one.findType(struct) !== undefined);
  return {
    findType: (name) => ownerOf(name)?.findType(name),
    findField: (struct, field) => ownerOf(struct)?.findField(struct, field),
    make: (struct, fields) => ownerOf(struct)?.make?.(struct, fields) ?? null,
  };
}
