import {
  CompileError,
  PER_CALL_LIMIT,
  PlanError,
  schemaDeclType,
  schemaProvider,
  schemaSizes,
  types,
  type Compiled,
  type DeclType,
  type Environment,
  type Program,
  type SizeEstimator,
} from "@dingi/cel";
import type { V1ValidationRule } from "../../customresourcedefinition/customresourcedefinition.gen.ts";
import type { Schema } from "../../customresourcedefinition/subschemas.ts";
import { followSchemaPath, SchemaPathError } from "./schema-path.ts";

/** A rule that can run, or why it cannot. */
export interface CompiledRule {
  readonly rule: V1ValidationRule;
  readonly program?: Program;
  readonly error?: string;
  /** Whether it compares with what was before. */
  readonly usesOldSelf: boolean;
  readonly maxCost: bigint;
  readonly message?: Program;
  readonly messageError?: string;
  readonly messageMaxCost: bigint;
  /** Where below the value its failures are told. */
  readonly fieldPath: string | undefined;
}

/** Which expressions a rule may use. */
export type EnvironmentOf = (expression: string) => Environment;

const SELF_TYPE = "selfType";

/** The type that rules see of values of a schema; undefined where they see none. */
export function selfTypeOf(schema: Schema, isRoot: boolean): DeclType | undefined {
  return schemaDeclType(schema as Parameters<typeof schemaDeclType>[0], SELF_TYPE, isRoot || isEmbedded(schema));
}

const isEmbedded = (schema: Schema): boolean => schema["x-kubernetes-embedded-resource"] === true;

/** One by one: who has found enough errors asks for no more. Upstream: apiextensions-apiserver/pkg/apiserver/schema/cel/compilation.go#Compile */
export function* compileRules(schema: Schema, self: DeclType, environmentOf: EnvironmentOf): Iterable<CompiledRule> {
  const compiler = new RuleCompiler(schema, self, environmentOf);
  for (const rule of schema["x-kubernetes-validations"] ?? []) yield compiler.compile(rule);
}

class RuleCompiler {
  readonly #schema: Schema;
  readonly #self: DeclType;
  readonly #environmentOf: EnvironmentOf;

  constructor(schema: Schema, self: DeclType, environmentOf: EnvironmentOf) {
    this.#schema = schema;
    this.#self = self;
    this.#environmentOf = environmentOf;
  }

  compile(rule: V1ValidationRule): CompiledRule {
    const nothing = { rule, usesOldSelf: false, maxCost: 0n, messageMaxCost: 0n, fieldPath: undefined };
    if (rule.rule.trim() === "") return nothing;
    const made = this.#try(rule, rule.rule, "compilation failed: ");
    if (typeof made === "string") return { ...nothing, error: made };
    if (made.outputType !== types.BOOL) return { ...nothing, error: "cel expression must evaluate to a bool" };
    const usesOldSelf = [...made.checked.references.values()].some((one) => "name" in one && one.name === "oldSelf");
    const program = programOf(made);
    if (typeof program === "string")
      return { ...nothing, usesOldSelf, error: `program instantiation failed: ${program}` };
    return {
      ...nothing,
      usesOldSelf,
      program,
      maxCost: this.#costOf(made),
      ...this.#message(rule),
      fieldPath: this.#pathOf(rule),
    };
  }

  #message(rule: V1ValidationRule): Partial<CompiledRule> {
    const { messageExpression = "" } = rule;
    if (messageExpression === "") return {};
    const made = this.#try(rule, messageExpression, "messageExpression compilation failed: ");
    if (typeof made === "string") return { messageError: made };
    if (made.outputType !== types.STRING) return { messageError: "messageExpression must evaluate to a string" };
    const program = programOf(made);
    if (typeof program === "string") return { messageError: `messageExpression instantiation failed: ${program}` };
    return { message: program, messageMaxCost: this.#costOf(made) };
  }

  #try(rule: V1ValidationRule, expression: string, what: string): Compiled | string {
    const { type } = this.#self;
    const oldSelf = rule.optionalOldSelf ? types.optionalOf(type) : type;
    const environment = this.#environmentOf(expression).extend({
      variables: { self: type, oldSelf },
      types: schemaProvider(this.#self),
    });
    try {
      return environment.compile(expression);
    } catch (error) {
      if (error instanceof CompileError) return what + error.message;
      throw error;
    }
  }

  #costOf(made: Compiled): bigint {
    return made.estimateCost(sizesOf(this.#self)).max;
  }

  #pathOf({ fieldPath = "" }: V1ValidationRule): string | undefined {
    if (fieldPath === "") return undefined;
    try {
      return followSchemaPath(fieldPath, this.#schema).path.toString();
    } catch (error) {
      if (error instanceof SchemaPathError) return undefined;
      throw error;
    }
  }
}

/** Upstream takes whatever name stands in front for the value itself, that of a type as well. */
function sizesOf(self: DeclType): SizeEstimator {
  const sizes = schemaSizes({ self });
  return {
    estimateSize: (node) =>
      node.path.length === 0 ? undefined : sizes.estimateSize({ ...node, path: ["self", ...node.path.slice(1)] }),
  };
}

function programOf(made: Compiled): Program | string {
  try {
    return made.program({ costLimit: PER_CALL_LIMIT });
  } catch (error) {
    if (error instanceof PlanError) return error.message;
    throw error;
  }
}
