import {
  duplicate,
  fieldErrorText,
  forbidden,
  invalid,
  isObject,
  OMITTED_VALUE,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { CelError, CelOptional, storedExpressions, type Activation, type DeclType, type Value } from "@dingi/cel";
import { additionalOf, foundIn, itemsOf, type Schema } from "../../customresourcedefinition/subschemas.ts";
import { itemKey, type Correlated } from "../correlated.ts";
import { NOWHERE, placeOfField, placeOfItem, placeOfKey } from "../place.ts";
import { compileRules, selfTypeOf, type CompiledRule } from "./compile-rules.ts";
import { evaluateMessage, type MessageResult } from "./evaluate-message.ts";

/** What all rules for one object may cost. */
const RUNTIME_BUDGET = 10_000_000;

interface RuleOptions {
  /** Whether the schema is that of an object with apiVersion, kind and metadata. */
  readonly isRoot: boolean;
  /** What the value was before; undefined: nothing. */
  readonly old?: unknown;
  /** The value and what it was: what has not changed is let pass. */
  readonly correlated?: Correlated | undefined;
  readonly at?: FieldPath | undefined;
  /** What is wrong and was so before is told here. */
  readonly warn?: ((text: string) => void) | undefined;
  readonly budget?: number;
}

interface RuleResult {
  readonly errors: readonly FieldError[];
  /** Below zero: there was not enough. */
  readonly budget: number;
}

/** What the rules of a schema find in a value. Upstream: apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go */
export function evaluateRules(schema: Schema, value: unknown, options: RuleOptions): RuleResult {
  const run = new RuleRun(options);
  const { isRoot, old, correlated, at } = options;
  run.value(schema, { value, old, at, isRoot, correlation: { current: correlated, nearest: undefined } });
  return { errors: run.errors, budget: run.budget };
}

interface Correlation {
  readonly current: Correlated | undefined;
  /** That of the nearest object or list around it which has one. */
  readonly nearest: Correlated | undefined;
}

interface Node {
  readonly value: unknown;
  readonly old: unknown;
  readonly at: FieldPath | undefined;
  readonly isRoot: boolean;
  readonly correlation: Correlation;
}

class RuleRun {
  readonly errors: FieldError[] = [];
  budget: number;
  readonly #warn: ((text: string) => void) | undefined;

  constructor({ budget = RUNTIME_BUDGET, warn }: RuleOptions) {
    this.budget = budget;
    this.#warn = warn;
  }

  value(schema: Schema, node: Node): void {
    const { value } = node;
    if (value === null || value === undefined || !hasRules(schema)) return;
    this.#own(schema, node);
    if (Array.isArray(value)) this.#items(schema, value, node);
    else if (isObject(value)) this.#fields(schema, value, node);
  }

  #items(schema: Schema, list: readonly unknown[], { old, at, correlation }: Node): void {
    const items = itemsOf(schema);
    if (!items) return;
    const before = oldItems(schema, old);
    for (let i = 0; i < list.length && this.budget >= 0; i++) {
      const isRoot = items["x-kubernetes-embedded-resource"] === true;
      const next = { current: correlation.current?.item(i), nearest: correlation.current };
      this.value(items, {
        value: list[i],
        old: before(list[i]),
        at: placeOfItem(at, i),
        isRoot,
        correlation: correlation.current ? next : correlation,
      });
    }
  }

  #fields(schema: Schema, object: Readonly<Record<string, unknown>>, { old, at, correlation }: Node): void {
    const properties: Readonly<Record<string, Schema>> = schema.properties ?? {};
    const others = additionalOf(schema);
    for (const [name, value] of Object.entries(object)) {
      if (this.budget < 0) return;
      const isDeclared = Object.hasOwn(properties, name);
      const field = isDeclared ? properties[name] : others;
      if (!field) continue;
      this.value(field, {
        value,
        old: isObject(old) && Object.hasOwn(old, name) ? old[name] : undefined,
        at: isDeclared ? placeOfField(at, name) : placeOfKey(at, name),
        isRoot: field["x-kubernetes-embedded-resource"] === true,
        correlation: below(correlation, name),
      });
    }
  }

  /** The rules of the value itself. Upstream: …#validateExpressions */
  #own(schema: Schema, node: Node): void {
    const compiled = compiledRules(schema, node.isRoot);
    if (!compiled || compiled.rules.length === 0 || this.budget < 0) return;
    const { at = NOWHERE } = node;
    if (this.budget === 0) return this.#end(invalid(at, schema.type ?? "", OUT_OF_BUDGET));
    const activations = activationsOf(compiled.self, node);
    for (const rule of compiled.rules) {
      if (this.budget < 0) return;
      this.#rule(rule, { ...node, schema, activations });
    }
  }

  #rule(compiled: CompiledRule, about: RuleNode): void {
    const { schema, at = NOWHERE, activations } = about;
    const { rule, program, error } = compiled;
    const type = schema.type ?? "";
    if (error !== undefined) return void this.errors.push(invalid(at, type, `rule compile error: ${error}`));
    if (!program || lacksOld(compiled, about)) return;
    const { value, cost, cancelled } = program.evaluate(
      rule.optionalOldSelf ? activations.optional : activations.plain,
    );
    if (cost > this.budget) return this.#end(invalid(at, type, OUT_OF_BUDGET));
    this.budget -= cost;
    if (value instanceof CelError) this.#failed(value.message, cancelled, { compiled, about });
    else if (value !== true) this.#broken(compiled, about);
  }

  /** It could not be evaluated. */
  #failed(message: string, cancelled: boolean, { compiled: { rule }, about }: Failure): void {
    const { schema, at = NOWHERE } = about;
    const name = ruleText(rule);
    const type = schema.type ?? "";
    if (cancelled && message.startsWith("operation cancelled: actual cost limit exceeded")) {
      const text = `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${name}`;
      return this.#end(invalid(at, type, text));
    }
    const mismatch = `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${name}`;
    const isMismatch = message.startsWith("no such overload");
    this.errors.push(invalid(at, type, isMismatch ? mismatch : `${message} evaluating rule: ${name}`));
  }

  /** It is not so. */
  #broken(compiled: CompiledRule, about: RuleNode): void {
    const { schema, value, at } = about;
    const { rule, fieldPath } = compiled;
    const place = fieldPath === undefined ? (at ?? NOWHERE) : placeOfField(at, fieldPath);
    const said = this.#message(compiled, about);
    this.budget = said.budget;
    const error =
      said.fatal === undefined
        ? errorOf(rule.reason, place, { value: shownValue(schema, value), detail: said.text ?? messageOf(rule) })
        : invalid(place, schema.type ?? "", said.fatal);
    const isExcused = !compiled.usesOldSelf && isUnchanged(about.correlation);
    if (isExcused && this.#warn) this.#warn(fieldErrorText(error));
    else this.errors.push(error);
  }

  #message({ rule, message }: CompiledRule, { activations }: RuleNode): MessageResult {
    const { budget } = this;
    if (!message) return { budget };
    return evaluateMessage(message, activations.plain, { source: rule.messageExpression ?? "", budget });
  }

  #end(error: FieldError): void {
    this.errors.push(error);
    this.budget = -1;
  }
}

interface RuleNode extends Node {
  readonly schema: Schema;
  readonly activations: { readonly plain: Activation; readonly optional: Activation };
}

interface Failure {
  readonly compiled: CompiledRule;
  readonly about: RuleNode;
}

const OUT_OF_BUDGET = "validation failed due to running out of cost budget, no further validation rules will be run";
const isAbsent = (value: unknown): boolean => value === undefined || value === null;

const ruleText = ({ rule, message = "" }: CompiledRule["rule"]): string => (message === "" ? rule : message).trim();
const messageOf = (rule: CompiledRule["rule"]): string =>
  rule.message ? rule.message.trim() : `failed rule: ${ruleText(rule)}`;

const shownValue = ({ type }: Schema, value: unknown): unknown =>
  type === "object" || type === "array" ? OMITTED_VALUE : value;

/** A rule that compares with what was before, where there was nothing. */
function lacksOld({ rule, usesOldSelf }: CompiledRule, { old }: Node): boolean {
  return usesOldSelf && isAbsent(old) && rule.optionalOldSelf !== true;
}

function isUnchanged({ current, nearest }: Correlation): boolean {
  return (current ?? nearest)?.isSame ?? false;
}

/** What an object is, is never let pass for having been so. */
function below(correlation: Correlation, name: string): Correlation {
  const { current, nearest } = correlation;
  if (!current) return correlation;
  if (!nearest && (name === "apiVersion" || name === "kind")) return { current: undefined, nearest: undefined };
  return { current: current.field(name), nearest: current };
}

function errorOf(
  reason: string | undefined,
  at: FieldPath | string,
  { value, detail }: { readonly value: unknown; readonly detail: string },
): FieldError {
  switch (reason) {
    case "FieldValueForbidden":
      return forbidden(at, detail);
    case "FieldValueRequired":
      return required(at, detail);
    case "FieldValueDuplicate":
      return duplicate(at, value);
    default:
      return invalid(at, value, detail);
  }
}

/** Items correlate in lists that are maps. */
function oldItems(schema: Schema, old: unknown): (item: unknown) => unknown {
  if (schema["x-kubernetes-list-type"] !== "map" || !Array.isArray(old)) return () => undefined;
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const byKey = new Map(old.map((item): [string, unknown] => [itemKey(item, keys), item]));
  return (item) => byKey.get(itemKey(item, keys));
}

function activationsOf(self: DeclType, { value, old }: Node): RuleNode["activations"] {
  const now = self.read(value);
  const before = isAbsent(old) ? undefined : self.read(old);
  const resolving = (oldSelf: Value | undefined): Activation => ({
    resolve: (name) => (name === "self" ? now : name === "oldSelf" ? oldSelf : undefined),
  });
  return { plain: resolving(before), optional: resolving(new CelOptional(before)) };
}

interface NodeRules {
  readonly self: DeclType;
  readonly rules: readonly CompiledRule[];
}

const compiled = new WeakMap<Schema, NodeRules | null>();

/** Compiled when the first value is judged, and kept as long as the schema. */
function compiledRules(schema: Schema, isRoot: boolean): NodeRules | undefined {
  if (!schema["x-kubernetes-validations"]?.length) return undefined;
  let made = compiled.get(schema);
  if (made === undefined) {
    const self = selfTypeOf(schema, isRoot);
    made = self ? { self, rules: [...compileRules(schema, self, () => storedExpressions)] } : null;
    compiled.set(schema, made);
  }
  return made ?? undefined;
}

/** Of a value or of what is inside of it. */
export const hasRules = foundIn((schema) => (schema["x-kubernetes-validations"]?.length ?? 0) > 0);
