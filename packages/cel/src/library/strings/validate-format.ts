import type { CheckedExpr } from "../../check/checker.ts";
import type { CelType, TypeKind } from "../../check/type.ts";
import { isDyn } from "../../check/type.ts";
import type { Call, Expr } from "../../parse/expr.ts";
import { childrenOf } from "../../parse/expr.ts";
import { CelError } from "../../value/error.ts";
import type { Clause } from "./format-template.ts";
import { formatTypeError, parseTemplate } from "./format-template.ts";

const TEXT: readonly TypeKind[] = [
  "list",
  "map",
  "int",
  "uint",
  "double",
  "bool",
  "string",
  "timestamp",
  "bytes",
  "duration",
  "type",
  "null",
];

/** The kinds of type that the places of a template take. */
const TAKEN: Readonly<Record<string, readonly TypeKind[]>> = {
  s: TEXT,
  d: ["int", "uint"],
  f: ["double", "string"],
  e: ["double", "string"],
  b: ["int", "uint", "bool"],
  x: ["int", "uint", "string", "bytes"],
  X: ["int", "uint", "string", "bytes"],
  o: ["int", "uint"],
};

interface FormatFlaw {
  readonly id: number;
  readonly message: string;
}

/** What is wrong with `"template".format([…])` where both are literals. */
export function validateFormat(checked: CheckedExpr, call: Call): FormatFlaw[] {
  const [list] = call.args;
  const template = call.target?.kind === "literal" ? call.target.value : undefined;
  if (call.fn !== "format" || typeof template !== "string" || list?.kind !== "list") return [];
  return templateFlaws(checked, template, list.elements).map((flaw) => ({ id: call.id, ...flaw }));
}

type Flaw = Partial<FormatFlaw> & Pick<FormatFlaw, "message">;

// oxlint-disable-next-line max-params -- A template and what is put into it.
function templateFlaws(checked: CheckedExpr, template: string, args: readonly Expr[]): Flaw[] {
  const places = parseTemplate(template).filter((part): part is Clause | CelError => typeof part !== "string");
  for (const [i, place] of places.entries()) {
    const arg = args[i];
    const flaw = arg ? placeFlaw(checked, place, arg) : { message: `index ${i} out of range` };
    if (flaw) return [flaw];
  }
  if (args.length <= places.length) return [];
  return [{ message: `too many arguments supplied to string.format (expected ${places.length}, got ${args.length})` }];
}

// oxlint-disable-next-line max-params -- A place and what is put there.
function placeFlaw(checked: CheckedExpr, place: Clause | CelError, arg: Expr): Flaw | undefined {
  if (place instanceof CelError) return { message: place.message };
  const bad = place.verb === "s" ? wrongText(checked, arg) : wrongType(checked, arg, TAKEN[place.verb]!);
  return bad && { id: bad.id, message: `error during formatting: ${formatTypeError(place.verb, bad.type.name)}` };
}

interface Wrong {
  readonly id: number;
  readonly type: CelType;
}

// oxlint-disable-next-line max-params -- What is there and what may be there.
function wrongType(checked: CheckedExpr, { id }: Expr, taken: readonly TypeKind[]): Wrong | undefined {
  const type = checked.types.get(id)!;
  return isDyn(type) || taken.includes(type.kind) ? undefined : { id, type };
}

/** A text takes lists and maps of texts. */
function wrongText(checked: CheckedExpr, arg: Expr): Wrong | undefined {
  const wrong = wrongType(checked, arg, TEXT);
  if (wrong || (arg.kind !== "list" && arg.kind !== "map")) return wrong;
  for (const child of childrenOf(arg)) {
    const inner = wrongText(checked, child);
    if (inner) return inner;
  }
  return undefined;
}
