import { encodeJson } from "../codec/encode-json.ts";
import { inKeyOrder } from "../codec/key-order.ts";
import { isObject } from "../patch/json-value.ts";
import {
  JsonPathError,
  parseJsonPath,
  parsePath,
  type Node,
  type Operand,
  type Path,
  type Step,
} from "./json-path-parser.ts";

/** The text that a template makes of a value; what is missing is empty. Upstream: client-go/util/jsonpath/jsonpath.go */
export function printJsonPath(template: string, value: unknown): string {
  return render(parseJsonPath(template), value, value);
}

/** All values under one expression, with or without braces: for custom columns, sorting and waiting. */
export function evaluatePath(expression: string, value: unknown): unknown[] {
  const bare = expression.replace(/^\{|\}$/g, "").trim();
  const text = /^[.[$@]/.test(bare) ? bare : `.${bare}`;
  return evaluate(parsePath(text), value, value);
}

/** What lies under an expression that was read before. */
export function findByPath(path: Path, value: unknown): unknown[] {
  return evaluate(path, value, value);
}

function render(nodes: readonly Node[], value: unknown, root: unknown): string {
  return nodes
    .map((node) => {
      if (node.type === "text") return node.text;
      const found = evaluate(node.path, value, root);
      if (node.type === "path") return found.map(jsonPathText).join(" ");
      return found
        .flatMap((each) => (Array.isArray(each) ? (each as unknown[]) : [each]))
        .map((each) => render(node.body, each, root))
        .join("");
    })
    .join("");
}

export function jsonPathText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : encodeJson(inKeyOrder(value));
}

function evaluate(path: Path, here: unknown, root: unknown): unknown[] {
  let values: unknown[] = [path.fromRoot ? root : here];
  for (const step of path.steps) values = values.flatMap((value) => take(step, value, root));
  return values;
}

function take(step: Step, value: unknown, root: unknown): unknown[] {
  switch (step.type) {
    case "field":
      return field(value, step.name);
    case "fields":
      return step.names.flatMap((name) => field(value, name));
    case "wildcard":
      return children(value);
    case "recursive":
      return descendants(value);
    case "index":
      return step.indexes.flatMap((index) => element(value, index));
    case "slice":
      return slice(step, value);
    case "filter":
      return (Array.isArray(value) ? (value as unknown[]) : []).filter((each) => passes(step, each, root));
  }
}

function field(value: unknown, name: string): unknown[] {
  if (!isObject(value) || !Object.hasOwn(value, name)) return [];
  const found = value[name];
  return found === undefined || found === null ? [] : [found];
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return isObject(value) ? Object.values(value) : [];
}

function descendants(value: unknown): unknown[] {
  return [value, ...children(value).flatMap(descendants)];
}

function element(value: unknown, index: number): unknown[] {
  if (!Array.isArray(value)) return [];
  if (index >= value.length || index < -value.length)
    throw new JsonPathError(`array index out of bounds: index ${index}, length ${value.length}`);
  return [(value as unknown[]).at(index)];
}

function slice({ from = 0, to, step = 1 }: { from?: number; to?: number; step?: number }, value: unknown): unknown[] {
  if (!Array.isArray(value)) return [];
  if (step <= 0) throw new JsonPathError("step must be > 0");
  return (value as unknown[]).slice(from, to).filter((_, i) => i % step === 0);
}

function passes(step: { left: Operand; operator: string; right?: Operand }, here: unknown, root: unknown): boolean {
  const left = operandValue(step.left, here, root);
  if (step.operator === "exists") return left !== undefined;
  const right = step.right && operandValue(step.right, here, root);
  if (left === undefined || right === undefined) return false;
  return compare(left, right, step.operator);
}

function operandValue(operand: Operand, here: unknown, root: unknown): unknown {
  return "literal" in operand ? operand.literal : evaluate(operand.path, here, root)[0];
}

function compare(left: unknown, right: unknown, operator: string): boolean {
  const sameKind = typeof left === typeof right;
  if (operator === "==") return sameKind && left === right;
  if (operator === "!=") return !(sameKind && left === right);
  if (!sameKind || (typeof left !== "number" && typeof left !== "string")) return false;
  const [a, b] = [left, right as typeof left];
  return operator === "<" ? a < b : operator === "<=" ? a <= b : operator === ">" ? a > b : a >= b;
}
