import type { CheckedExpr } from "../check/checker.ts";
import type { CelType } from "../check/type.ts";
import { equivalentType, formatType, unwrapOptional } from "../check/type.ts";
import { compilePattern } from "../library/regex/pattern.ts";
import { validateFormat } from "../library/strings/validate-format.ts";
import type { Call, Expr, ListExpr, MapExpr } from "../parse/expr.ts";
import { visit } from "../parse/expr.ts";
import type { Issue, Location } from "../source.ts";
import { CONVERSIONS } from "../value/convert.ts";
import { CelError } from "../value/error.ts";
import type { Value } from "../value/value.ts";

type Locate = (id: number) => Location;

/** Literals that are wrong whatever happens. Upstream: github.com/google/cel-go/cel/validator.go, github.com/google/cel-go/ext/formatting.go */
export function validateLiterals(checked: CheckedExpr, locate: Locate): Issue[] {
  const calls: Call[] = [];
  const lists: ListExpr[] = [];
  const maps: MapExpr[] = [];
  visit(checked.expr, (expr, above) => {
    if (expr.kind === "call") calls.push(expr);
    const exempt = above.some((node) => node.kind === "call" && node.fn === "format");
    if (expr.kind === "list" && !exempt) lists.push(expr);
    if (expr.kind === "map" && !exempt) maps.push(expr);
  });
  const report = (id: number, message: string): Issue => ({ location: locate(id), message });
  return [
    ...calls.flatMap((call) => argumentFlaws(call, report)),
    ...lists.flatMap((list) => firstOf(listFlaws(checked, list, report))),
    ...maps.flatMap((map) => mapFlaws(checked, map, report)),
    ...calls.flatMap((call) => validateFormat(checked, call).map(({ id, message }) => report(id, message))),
  ];
}

type Report = (id: number, message: string) => Issue;

const CHECKS: Readonly<Record<string, (value: Value) => boolean>> = {
  duration: (value) => !(CONVERSIONS["duration"]!(value) instanceof CelError),
  timestamp: (value) => !(CONVERSIONS["timestamp"]!(value) instanceof CelError),
  matches: (value) => typeof value !== "string" || !(compilePattern(value) instanceof CelError),
};

function argumentFlaws(call: Call, report: Report): Issue[] {
  const check = Object.hasOwn(CHECKS, call.fn) ? CHECKS[call.fn] : undefined;
  const [arg] = call.args;
  if (!check || arg?.kind !== "literal" || check(arg.value)) return [];
  return [report(arg.id, `invalid ${call.fn} argument`)];
}

function firstOf<T>(items: readonly T[]): T[] {
  return items.slice(0, 1);
}

function listFlaws(checked: CheckedExpr, list: ListExpr, report: Report): Issue[] {
  return mixedTypes(list.elements, (element, i) => entryType(checked, element, list.optional.has(i)), report);
}

function mapFlaws(checked: CheckedExpr, { entries }: MapExpr, report: Report): Issue[] {
  const optional = new Set(entries.flatMap((entry, i) => (entry.optional ? [i] : [])));
  return [
    ...mixedTypes(
      entries.map(({ key }) => key),
      (key) => checked.types.get(key.id)!,
      report,
    ),
    ...mixedTypes(
      entries.map(({ value }) => value),
      (value, i) => entryType(checked, value, optional.has(i)),
      report,
    ),
  ];
}

// oxlint-disable-next-line max-params -- The type of an entry depends on how it is written.
function entryType(checked: CheckedExpr, value: Expr, optional: boolean): CelType {
  const type = checked.types.get(value.id)!;
  return optional ? unwrapOptional(type).type : type;
}

function mixedTypes(items: readonly Expr[], typeOf: (item: Expr, index: number) => CelType, report: Report): Issue[] {
  const types = items.map(typeOf);
  return items.flatMap((item, i) => {
    if (i === 0 || equivalentType(types[0]!, types[i]!)) return [];
    return [report(item.id, `expected type '${formatType(types[0]!)}' but found '${formatType(types[i]!)}'`)];
  });
}
