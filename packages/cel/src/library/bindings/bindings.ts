import type { Expr } from "../../parse/expr.ts";
import { MacroError, receiverMacro } from "../../parse/macro.ts";
import type { Library } from "../library.ts";

/** cel.bind(name, value, expression). Upstream: github.com/google/cel-go/ext/bindings.go */
export const BINDINGS: Library = {
  name: "cel.lib.ext.cel.bindings",
  macros: [
    receiverMacro("bind", 3, ({ make, target, args }) => {
      const [variable, value, body] = args as [Expr, Expr, Expr];
      if (target?.kind !== "ident" || target.name !== "cel") return undefined;
      if (variable.kind !== "ident")
        throw new MacroError(variable, "cel.bind() variable names must be simple identifiers");
      return make.comprehension({
        range: make.list(),
        iterVar: "#unused",
        accuVar: variable.name,
        accuInit: value,
        condition: make.literal(false),
        step: make.ident(variable.name),
        result: body,
      });
    }),
  ],
};
