import {
  AUTHORIZER_TYPE,
  CompileError,
  schemaDeclType,
  schemaProvider,
  storedExpressions,
  types,
  type CelType,
  type DeclType,
  type Environment,
  type Schema,
} from "@dingi/cel";
import type {
  V1ExpressionWarning,
  V1ValidatingAdmissionPolicy,
} from "../validatingadmissionpolicy/validatingadmissionpolicy.gen.ts";
import { firstOf } from "./environment.ts";
import { NAMESPACE_TYPE, REQUEST_TYPE, REQUEST_TYPES } from "./request-types.ts";
import { DeclaredVariables, VARIABLES_TYPE } from "./variables-type.ts";

/** A kind that a policy is about. */
export interface CheckedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Without references. */
  readonly schema: Schema;
}

/**
 * What of a policy's expressions does not fit the kinds that it names. A warning and no more: what objects are while it is
 * followed, nobody knows before. Upstream: apiserver/pkg/admission/plugin/policy/validating/typechecking.go#Check
 */
export function typeWarnings(
  policy: V1ValidatingAdmissionPolicy,
  kinds: readonly CheckedKind[],
  params: CheckedKind | undefined,
): V1ExpressionWarning[] {
  const checkers = kinds.map((kind) => new KindChecker(policy, kind, params));
  const warningsAt = (fieldRef: string, expression: string | undefined): V1ExpressionWarning[] => {
    if (!expression) return [];
    const found = checkers.flatMap((checker) => checker.problemWith(expression) ?? []);
    return found.length === 0 ? [] : [{ fieldRef, warning: found.join("\n") }];
  };
  return (policy.spec.validations ?? []).flatMap(({ expression, messageExpression }, i) => [
    ...warningsAt(`spec.validations[${i}].expression`, expression),
    ...warningsAt(`spec.validations[${i}].messageExpression`, messageExpression),
  ]);
}

class KindChecker {
  readonly #label: string;
  readonly #environment: Environment;

  constructor(policy: V1ValidatingAdmissionPolicy, checked: CheckedKind, params: CheckedKind | undefined) {
    const { group, version, kind } = checked;
    this.#label = `${group}/${version}, Kind=${kind}`;
    const variables = new DeclaredVariables();
    this.#environment = typedEnvironment({
      object: schemaDeclType(checked.schema, kind),
      // It may be of the same kind, and is another type all the same.
      params: params && schemaDeclType(params.schema, `params.${params.kind}`),
      hasParams: policy.spec.paramKind !== undefined,
      variables,
    });
    for (const { name, expression } of policy.spec.variables ?? []) variables.declare(name, this.#typeOf(expression));
  }

  problemWith(expression: string): string | undefined {
    try {
      this.#environment.compile(expression);
      return undefined;
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      return `${this.#label}: ${error.message}\n`;
    }
  }

  #typeOf(expression: string): CelType | undefined {
    try {
      return this.#environment.compile(expression).outputType;
    } catch (error) {
      if (error instanceof CompileError) return undefined;
      throw error;
    }
  }
}

interface TypedVariables {
  readonly object: DeclType | undefined;
  readonly params: DeclType | undefined;
  readonly hasParams: boolean;
  readonly variables: DeclaredVariables;
}

/** Upstream: …/typechecking.go#buildEnvSet */
function typedEnvironment({ object, params, hasParams, variables }: TypedVariables): Environment {
  const objectType = object?.type ?? types.DYN;
  const declared = [object, params].filter((decl) => decl !== undefined);
  return storedExpressions.extend({
    variables: {
      object: objectType,
      oldObject: objectType,
      namespaceObject: NAMESPACE_TYPE,
      request: REQUEST_TYPE,
      variables: VARIABLES_TYPE,
      authorizer: AUTHORIZER_TYPE,
      ...(hasParams ? { params: params?.type ?? types.DYN } : {}),
    },
    types: firstOf([variables, REQUEST_TYPES, schemaProvider(...declared)]),
  });
}
