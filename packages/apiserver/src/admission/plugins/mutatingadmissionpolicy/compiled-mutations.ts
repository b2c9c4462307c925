import {
  JSON_PATCHES_TYPE,
  OBJECT_TYPE,
  ObjectValue,
  type JsonPatchValue,
  type V1MutatingAdmissionPolicy,
  type V1Mutation,
} from "@dingi/api";
import {
  applyJsonPatch,
  decodeObject,
  DecodeError,
  encodeJson,
  mergeConfiguration,
  newInternalError,
  StatusError,
  type Draft,
  type KubeObject,
  type StructSchema,
} from "@dingi/apimachinery";
import type { CelList, Value } from "@dingi/cel";
import type { ExpressionInput } from "../../expression/expression-input.ts";
import { ExpressionRun, type Expression } from "../../expression/expression-run.ts";
import { MatchConditions } from "../../expression/match-conditions.ts";
import { CompiledVariables } from "../../policy/compiled-variables.ts";
import { jsonOfValue } from "./json-of-value.ts";
import { typeNameProblems } from "./type-names.ts";

/** For each mutation. Upstream: apiserver/pkg/apis/cel/config.go#RuntimeCELCostBudget */
const COST_BUDGET = 10_000_000;

interface Mutated {
  readonly object: KubeObject;
  /** By which it is written in its version. */
  readonly schema: StructSchema;
}

interface CompiledMutation {
  readonly expression: Expression;
  readonly apply: (value: Value, mutated: Mutated) => object;
}

/** A policy's expressions, ready to run. Upstream: apiserver/pkg/admission/plugin/policy/mutating/compilation.go */
export class CompiledMutations {
  readonly conditions: MatchConditions;
  readonly #variables: CompiledVariables;
  readonly #mutations: readonly CompiledMutation[];

  constructor({ spec }: V1MutatingAdmissionPolicy) {
    const { variables = [], mutations = [], matchConditions = [] } = spec;
    const params = spec.paramKind !== undefined;
    this.#variables = new CompiledVariables(variables, params);
    this.conditions = new MatchConditions(matchConditions, { params });
    this.#mutations = mutations.map((mutation) => this.#compile(mutation));
  }

  get count(): number {
    return this.#mutations.length;
  }

  /**
   * The object as a mutation wants it, in its version, without defaults; undefined where the mutation does not want to change it.
   * Throws an Error for what the policy is told to be wrong, StatusError for what is the server's.
   */
  async mutate(index: number, input: ExpressionInput, mutated: Mutated): Promise<Draft<KubeObject> | undefined> {
    const { expression, apply } = this.#mutations[index]!;
    if (!expression.compiled.program) throw new Error(expression.compiled.flaw.message);
    const run = new ExpressionRun(input, COST_BUDGET, this.#variables.in(input));
    const { value, problem } = await run.evaluate(expression);
    if (problem !== undefined) throw new Error(problem);
    const wanted = apply(value!, mutated);
    return wanted === mutated.object ? undefined : read(wanted, mutated.schema);
  }

  #compile({ patchType, applyConfiguration, jsonPatch }: V1Mutation): CompiledMutation {
    const isPatch = patchType === "JSONPatch";
    const { expression = "" } = (isPatch ? jsonPatch : applyConfiguration) ?? {};
    const declared = { authorizer: true, patchTypes: true };
    const compiled = this.#variables.compile(expression, declared, [isPatch ? JSON_PATCHES_TYPE : OBJECT_TYPE]);
    return { expression: compiled, apply: isPatch ? patched : configured };
  }
}

/** Upstream: apiserver/pkg/admission/plugin/policy/mutating/patch/smd.go */
function configured(value: Value, { object, schema }: Mutated): object {
  checkNames(value);
  const configuration = jsonOfValue(value) as object;
  const { apiVersion, kind } = object;
  try {
    return mergeConfiguration(schema, object, { ...configuration, apiVersion, kind });
  } catch (error) {
    throw new Error(`error applying patch: ${(error as Error).message}`, { cause: error });
  }
}

/** Upstream: apiserver/pkg/admission/plugin/policy/mutating/patch/json_patch.go */
function patched(value: Value, { object }: Mutated): object {
  const operations = [...(value as CelList)].map((one) => operationOf(one as JsonPatchValue));
  try {
    return applyJsonPatch(object, operations) as object;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    // Whoever tests before he changes wants nothing changed then.
    if (/^testing value .* failed: test failed$/s.test(why)) return object;
    throw new Error(`JSON Patch: ${why}`, { cause: error });
  }
}

function operationOf({ op, path, from, value }: JsonPatchValue): object {
  const operation = { op, path, ...(from === "" ? {} : { from }) };
  if (value === undefined) return operation;
  if (value instanceof ObjectValue) checkNames(value);
  return { ...operation, value: jsonOfValue(value) };
}

function checkNames(value: Value): void {
  const problems = typeNameProblems(value);
  if (problems !== "") throw new Error(`type mismatch: ${problems}`);
}

function read(wanted: object, schema: StructSchema): Draft<KubeObject> {
  try {
    const { value, strictErrors } = decodeObject(Buffer.from(encodeJson(wanted)), schema);
    if (strictErrors.length > 0) throw newInternalError(`strict decoding error: ${strictErrors.join(", ")}`);
    return value as Draft<KubeObject>;
  } catch (error) {
    if (error instanceof DecodeError) throw newInternalError(error.message);
    throw error;
  }
}
