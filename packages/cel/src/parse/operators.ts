/** The names by which operators are called as functions. Upstream: github.com/google/cel-go/common/operators/operators.go */
export const CONDITIONAL = "_?_:_";
export const LOGICAL_AND = "_&&_";
export const LOGICAL_OR = "_||_";
export const LOGICAL_NOT = "!_";
export const NEGATE = "-_";
export const INDEX = "_[_]";
export const OPT_INDEX = "_[?_]";
export const OPT_SELECT = "_?._";
export const NOT_STRICTLY_FALSE = "@not_strictly_false";
export const EQUALS = "_==_";
export const NOT_EQUALS = "_!=_";
export const ADD = "_+_";
export const IN = "@in";

/** Token → function of the operators between two operands. */
export const RELATIONS: Readonly<Record<string, string>> = {
  "<": "_<_",
  "<=": "_<=_",
  ">=": "_>=_",
  ">": "_>_",
  "==": EQUALS,
  "!=": NOT_EQUALS,
  in: IN,
};
export const PRODUCTS: Readonly<Record<string, string>> = { "*": "_*_", "/": "_/_", "%": "_%_" };
export const SUMS: Readonly<Record<string, string>> = { "+": ADD, "-": "_-_" };

/** The name of the variable in which macros gather their result; no expression can spell it. */
export const ACCUMULATOR = "@result";
/** Reserved still, because earlier versions gathered in it. */
export const OLD_ACCUMULATOR = "__result__";
