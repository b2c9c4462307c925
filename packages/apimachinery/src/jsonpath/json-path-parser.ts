/** An expression that is none, or that does not fit what it is asked of. */
export class JsonPathError extends Error {
  override name = "JsonPathError";
}

export type Step =
  | { readonly type: "field"; readonly name: string }
  | { readonly type: "fields"; readonly names: readonly string[] }
  | { readonly type: "index"; readonly indexes: readonly number[] }
  | { readonly type: "slice"; readonly from?: number; readonly to?: number; readonly step?: number }
  | { readonly type: "wildcard" }
  | { readonly type: "recursive" }
  | { readonly type: "filter"; readonly left: Operand; readonly operator: string; readonly right?: Operand };

export type Operand = { readonly literal: unknown } | { readonly path: Path };

export interface Path {
  readonly fromRoot: boolean;
  readonly steps: readonly Step[];
}

export type Node =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "path"; readonly path: Path }
  | { readonly type: "range"; readonly path: Path; readonly body: readonly Node[] };

/** A template: text with expressions in braces. Upstream: client-go/util/jsonpath/parser.go */
export function parseJsonPath(template: string): readonly Node[] {
  const stack: { nodes: Node[]; path?: Path }[] = [{ nodes: [] }];
  for (const part of splitTemplate(template)) {
    const top = stack.at(-1)!;
    if (part.text !== undefined) top.nodes.push({ type: "text", text: part.text });
    else addExpression(part.expression.trim(), stack, template);
  }
  if (stack.length > 1) throw bad(template, 'a "range" has no "end"');
  return stack[0]!.nodes;
}

type Part = { readonly text: string } | { readonly text?: undefined; readonly expression: string };

function* splitTemplate(template: string): Generator<Part> {
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf("{", at);
    if (open < 0) return yield { text: template.slice(at) };
    if (open > at) yield { text: template.slice(at, open) };
    const close = closing(template, open + 1, "}");
    yield { expression: template.slice(open + 1, close) };
    at = close + 1;
  }
}

/** The position of `end`, outside quotes and inner brackets. */
function closing(text: string, from: number, end: "}" | "]"): number {
  let quote = "";
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const char = text[i]!;
    if (quote !== "") {
      if (char === "\\") i++;
      else if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (char === end && depth === 0) return i;
    else if (char === "[") depth++;
    else if (char === "]") depth--;
  }
  throw bad(text, end === "}" ? "unclosed action" : "unterminated array");
}

function addExpression(expression: string, stack: { nodes: Node[]; path?: Path }[], template: string): void {
  const top = stack.at(-1)!;
  if (expression === "end") {
    if (!top.path || stack.length < 2) throw bad(template, "not in range, nothing to end");
    stack.pop();
    stack.at(-1)!.nodes.push({ type: "range", path: top.path, body: top.nodes });
  } else if (/^range\s/.test(expression)) stack.push({ nodes: [], path: parsePath(expression.slice(6).trim()) });
  else if (/^["']/.test(expression)) top.nodes.push({ type: "text", text: unquote(expression) });
  else top.nodes.push({ type: "path", path: parsePath(expression) });
}

export function parsePath(text: string): Path {
  const fromRoot = text.startsWith("$");
  let rest = text.startsWith("$") || text.startsWith("@") ? text.slice(1) : text;
  const steps: Step[] = [];
  while (rest !== "") rest = takeStep(rest, steps, text);
  return { fromRoot, steps };
}

function takeStep(rest: string, steps: Step[], whole: string): string {
  if (rest.startsWith("..")) {
    steps.push({ type: "recursive" });
    return rest[2] === "[" ? rest.slice(2) : `.${rest.slice(2)}`;
  }
  if (rest.startsWith("[")) {
    const close = closing(rest, 1, "]");
    steps.push(bracket(rest.slice(1, close).trim(), whole));
    return rest.slice(close + 1);
  }
  const match = /^\.?((?:\\.|[^.[\]\s{}()|])+)/.exec(rest);
  if (!match) {
    if (rest === ".") return "";
    if (rest.startsWith(".[")) return rest.slice(1);
    throw bad(whole, `unrecognized character in action: "${rest[0]}"`);
  }
  const name = match[1]!.replaceAll(/\\(.)/g, "$1");
  steps.push(name === "*" ? { type: "wildcard" } : { type: "field", name });
  return rest.slice(match[0].length);
}

function bracket(inner: string, whole: string): Step {
  if (inner === "*") return { type: "wildcard" };
  if (inner.startsWith("?(") && inner.endsWith(")")) return filter(inner.slice(2, -1).trim(), whole);
  if (/^["']/.test(inner))
    return { type: "fields", names: inner.match(/"(?:\\.|[^"])*"|'(?:\\.|[^'])*'/g)!.map(unquote) };
  if (/^-?\d+(\s*,\s*-?\d+)*$/.test(inner)) return { type: "index", indexes: inner.split(",").map(Number) };
  const slice = /^(-?\d+)?:(-?\d+)?(?::(-?\d+))?$/.exec(inner);
  if (!slice) throw bad(whole, `invalid array index ${inner}`);
  const [, from, to, step] = slice;
  return {
    type: "slice",
    ...(from ? { from: Number(from) } : {}),
    ...(to ? { to: Number(to) } : {}),
    ...(step ? { step: Number(step) } : {}),
  };
}

function filter(text: string, whole: string): Step {
  const match = /^(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*)$/s.exec(text);
  if (!match) return { type: "filter", left: operand(text, whole), operator: "exists" };
  return { type: "filter", left: operand(match[1]!, whole), operator: match[2]!, right: operand(match[3]!, whole) };
}

function operand(text: string, whole: string): Operand {
  if (/^["']/.test(text)) return { literal: unquote(text) };
  if (/^-?\d+(\.\d+)?$/.test(text)) return { literal: Number(text) };
  if (text === "true" || text === "false") return { literal: text === "true" };
  if (/^[@$.]/.test(text)) return { path: parsePath(text) };
  throw bad(whole, `unrecognized filter operand ${text}`);
}

function unquote(text: string): string {
  const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };
  return text.slice(1, -1).replaceAll(/\\(.)/g, (_, char: string) => escapes[char] ?? char);
}

function bad(text: string, why: string): JsonPathError {
  return new JsonPathError(`error parsing jsonpath ${text}, ${why}`);
}
