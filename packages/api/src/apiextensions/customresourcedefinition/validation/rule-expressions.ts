import { forbidden, goValue, invalid, type FieldError, type FieldPath } from "@dingi/apimachinery";
import {
  compileRules,
  selfTypeOf,
  type CompiledRule,
  type EnvironmentOf,
} from "../../customresource/rules/compile-rules.ts";
import { hasRules } from "../../customresource/rules/evaluate-rules.ts";
import { V1ValidationRule } from "../customresourcedefinition.gen.ts";
import { additionalOf, itemsOf, type Schema } from "../subschemas.ts";

const MAX_COST = 10_000_000n;
const MAX_TOTAL_COST = 100_000_000n;
const MAX_REQUEST_BYTES = 3 * 1024 * 1024;
const MAX_UINT64 = 2n ** 64n - 1n;
/** Those that are named when all together are too dear. */
const MOST_EXPENSIVE = 4;

export interface ExpressionOptions {
  readonly environmentOf: EnvironmentOf;
  /** Whether each expression's cost is let pass, as it was when the schema was written. */
  readonly suppressesCost: boolean;
}

interface Cost {
  readonly at: FieldPath;
  readonly cost: bigint;
}

/** How often a schema's values come, and where they stop to correlate with what was before. */
interface Scope {
  /** Undefined: as often as it fits into a request. */
  readonly cardinality: bigint | undefined;
  readonly uncorrelated: FieldPath | undefined;
  readonly isRoot: boolean;
}

/**
 * Expressions that are none, or cost too much, in a schema that is otherwise right.
 * Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/{validation,cel_validation}.go
 */
export function expressionErrors(root: Schema, field: FieldPath, options: ExpressionOptions): FieldError[] {
  if (!hasRules(root)) return [];
  const check = new ExpressionCheck(options);
  check.schema(root, field, { cardinality: 1n, uncorrelated: undefined, isRoot: true });
  return [...check.errors, ...totalErrors(check.costs, field)];
}

function totalErrors(costs: readonly Cost[], field: FieldPath): FieldError[] {
  const total = costs.reduce((sum, { cost }) => saturated(sum + cost), 0n);
  if (total <= MAX_TOTAL_COST) return [];
  const dearest = costs
    .filter(({ cost }) => cost >= MAX_TOTAL_COST / 100n)
    .toSorted((a, b) => (a.cost < b.cost ? 1 : -1))
    .slice(0, MOST_EXPENSIVE);
  const text = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
  const what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
  return [...dearest.map(({ at }) => forbidden(at, text)), forbidden(field, costText(what, total, MAX_TOTAL_COST))];
}

class ExpressionCheck {
  readonly errors: FieldError[] = [];
  readonly costs: Cost[] = [];
  readonly #options: ExpressionOptions;

  constructor(options: ExpressionOptions) {
    this.#options = options;
  }

  schema(schema: Schema, at: FieldPath, scope: Scope): void {
    if (!hasRules(schema)) return;
    const others = additionalOf(schema);
    const items = itemsOf(schema);
    const cardinality = times(scope.cardinality, elementsOf(schema));
    const below = { ...scope, cardinality, isRoot: false };
    if (others) this.schema(others, at.child("additionalProperties"), below);
    for (const [name, property] of Object.entries(schema.properties ?? {}))
      this.schema(property, at.child("properties").key(name), below);
    const isMap = schema["x-kubernetes-list-type"] === "map";
    if (items)
      this.schema(items, at.child("items"), isMap ? below : { ...below, uncorrelated: scope.uncorrelated ?? at });
    this.#rules(schema, at.child("x-kubernetes-validations"), scope);
  }

  #rules(schema: Schema, at: FieldPath, scope: Scope): void {
    if (!schema["x-kubernetes-validations"]?.length) return;
    const self = selfTypeOf(schema, scope.isRoot);
    if (!self) return;
    const most = scope.cardinality ?? BigInt(Math.floor(MAX_REQUEST_BYTES / (self.minSerializedSize + 1)));
    let i = 0;
    for (const rule of compileRules(schema, self, this.#options.environmentOf))
      this.#rule(rule, at.index(i++), { scope, most });
  }

  #rule(
    compiled: CompiledRule,
    at: FieldPath,
    { scope, most }: { readonly scope: Scope; readonly most: bigint },
  ): void {
    const { rule, error, messageError, message, messageMaxCost, maxCost } = compiled;
    const [ruleAt, messageAt] = [at.child("rule"), at.child("messageExpression")];
    this.#cost("estimated rule cost", saturated(maxCost * most), ruleAt);
    if (error !== undefined) this.errors.push(invalid(ruleAt, printed(rule), error));
    if (messageError !== undefined) this.errors.push(invalid(messageAt, printed(rule), messageError));
    else if (message) this.#cost("estimated messageExpression cost", messageMaxCost, messageAt);
    this.errors.push(...oldSelfErrors(compiled, at, scope));
  }

  #cost(what: string, cost: bigint, at: FieldPath): void {
    if (cost > MAX_COST && !this.#options.suppressesCost)
      this.errors.push(forbidden(at, costText(what, cost, MAX_COST)));
    this.costs.push({ at, cost });
  }
}

function oldSelfErrors({ rule, usesOldSelf }: CompiledRule, at: FieldPath, { uncorrelated }: Scope): FieldError[] {
  if (usesOldSelf && uncorrelated) {
    const text = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`;
    return [invalid(at.child("rule"), rule.rule, text)];
  }
  if (usesOldSelf || rule.optionalOldSelf === undefined) return [];
  const text = "may not be set if oldSelf is not used in rule";
  return [invalid(at.child("optionalOldSelf"), rule.optionalOldSelf, text)];
}

const printed = (rule: V1ValidationRule): unknown => goValue(V1ValidationRule, { ...rule });

const saturated = (cost: bigint): bigint => (cost > MAX_UINT64 ? MAX_UINT64 : cost);

const times = (a: bigint | undefined, b: bigint | undefined): bigint | undefined =>
  a === undefined || b === undefined ? undefined : saturated(a * b);

/** How many values a value holds at most of each that it holds; undefined where that is not said. */
function elementsOf({ type, additionalProperties, maxProperties, maxItems }: Schema): bigint | undefined {
  const bound = (most: number | undefined): bigint | undefined =>
    most === undefined ? undefined : BigInt(Math.max(0, most));
  if (type === "array") return bound(maxItems);
  return type === "object" && additionalProperties !== undefined ? bound(maxProperties) : 1n;
}

const HOW_TO =
  "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";

function costText(what: string, cost: bigint, limit: bigint): string {
  const factor = Number(cost) / Number(limit);
  const text = factor > 100 ? "more than 100x" : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${text} ${HOW_TO}`;
}
