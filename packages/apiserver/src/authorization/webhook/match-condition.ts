import type { V1SubjectAccessReviewSpec } from "@dingi/api";
import {
  CelError,
  CompileError,
  jsonValue,
  PlanError,
  printType,
  storedExpressions,
  types,
  type CelType,
  type Environment,
  type Program,
  type TypeProvider,
} from "@dingi/cel";
import { aggregateText } from "@dingi/apimachinery";

const { STRING, listOf, mapOf, structOf } = types;
const TEXTS = listOf(STRING);
const texts = (...names: string[]): Record<string, CelType> => Object.fromEntries(names.map((name) => [name, STRING]));
const SELECTOR = { rawSelector: STRING, requirements: listOf(structOf("kubernetes.SelectorRequirement")) };

/** Upstream: apiserver/pkg/authorization/cel/compile.go#buildRequestType */
const STRUCTS: Readonly<Record<string, Readonly<Record<string, CelType>>>> = {
  "kubernetes.SubjectAccessReviewSpec": {
    resourceAttributes: structOf("kubernetes.ResourceAttributes"),
    nonResourceAttributes: structOf("kubernetes.NonResourceAttributes"),
    ...texts("user", "uid"),
    groups: TEXTS,
    extra: mapOf(STRING, TEXTS),
  },
  "kubernetes.ResourceAttributes": {
    ...texts("namespace", "verb", "group", "version", "resource", "subresource", "name"),
    fieldSelector: structOf("kubernetes.FieldSelectorAttributes"),
    labelSelector: structOf("kubernetes.LabelSelectorAttributes"),
  },
  "kubernetes.FieldSelectorAttributes": SELECTOR,
  "kubernetes.LabelSelectorAttributes": SELECTOR,
  "kubernetes.SelectorRequirement": { ...texts("key", "operator"), values: TEXTS },
  "kubernetes.NonResourceAttributes": texts("path", "verb"),
};

const TYPES: TypeProvider = {
  findType: (name) => (Object.hasOwn(STRUCTS, name) ? structOf(name) : undefined),
  findField(struct, field) {
    const fields = Object.hasOwn(STRUCTS, struct) ? STRUCTS[struct]! : {};
    return Object.hasOwn(fields, field) ? fields[field] : undefined;
  },
  make: (struct) => new CelError(`unknown type '${struct}'`),
};

let environment: Environment | undefined;

/** When a webhook is asked. */
export class MatchCondition {
  readonly expression: string;
  readonly #program: Program;

  private constructor(expression: string, program: Program) {
    this.expression = expression;
    this.#program = program;
  }

  /** A text says what is wrong with it. Upstream: apiserver/pkg/authorization/cel/compile.go#CompileCELExpression */
  static compile(expression: string): MatchCondition | string {
    environment ??= storedExpressions.extend({
      variables: { request: structOf("kubernetes.SubjectAccessReviewSpec") },
      types: TYPES,
    });
    try {
      const compiled = environment.compile(expression);
      const got = printType(compiled.outputType);
      if (got !== "bool") return `must evaluate to bool but got ${got}`;
      return new MatchCondition(expression, compiled.program());
    } catch (error) {
      if (error instanceof CompileError) return `compilation failed: ${error.message}`;
      if (error instanceof PlanError) return `program instantiation failed: ${error.message}`;
      throw error;
    }
  }

  /** An Error says why it cannot be told. */
  matches(request: object): boolean | Error {
    const { value } = this.#program.evaluate({
      resolve: (name) => (name === "request" ? jsonValue(request) : undefined),
    });
    if (typeof value === "boolean") return value;
    const why = value instanceof CelError ? value.message : "it is no condition";
    return new Error(`cel evaluation error: expression '${this.expression}' resulted in error: ${why}`);
  }
}

/**
 * Whether all hold; one that is false decides. Throws an Error where that cannot be told.
 * Upstream: apiserver/pkg/authorization/cel/matcher.go#Eval
 */
export function matchesAll(conditions: readonly MatchCondition[], spec: V1SubjectAccessReviewSpec): boolean {
  if (conditions.length === 0) return true;
  const request = shown(spec);
  const problems: string[] = [];
  for (const condition of conditions) {
    const result = condition.matches(request);
    if (result === false) return false;
    if (result instanceof Error) problems.push(result.message);
  }
  if (problems.length > 0) throw new Error(aggregateText(problems));
  return true;
}

const NO_ATTRIBUTES = { namespace: "", verb: "", group: "", version: "", resource: "", subresource: "", name: "" };

/** With the texts that are empty. Upstream: …/compile.go#convertObjectToUnstructured */
function shown({ user = "", uid = "", groups = [], extra = {}, ...what }: V1SubjectAccessReviewSpec): object {
  const { resourceAttributes, nonResourceAttributes } = what;
  return {
    user,
    uid,
    groups,
    extra,
    ...(resourceAttributes ? { resourceAttributes: { ...NO_ATTRIBUTES, ...resourceAttributes } } : {}),
    ...(nonResourceAttributes ? { nonResourceAttributes: { verb: "", path: "", ...nonResourceAttributes } } : {}),
  };
}
