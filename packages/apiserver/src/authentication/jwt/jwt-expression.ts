import {
  CelError,
  childrenOf,
  CompileError,
  PlanError,
  printType,
  schemaDeclType,
  schemaProvider,
  storedExpressions,
  types,
  type Environment,
  type Expr,
  type Program,
  type Value,
} from "@dingi/cel";
import { unescapedValue } from "./unescaped-value.ts";

type Variable = "claims" | "user";

const text = { type: "string" } as const;
const texts = { type: "array", items: text } as const;
const USER = schemaDeclType(
  {
    type: "object",
    properties: { username: text, uid: text, groups: texts, extra: { type: "object", additionalProperties: texts } },
  },
  "kubernetes.UserInfo",
)!;

const environments = new Map<Variable, Environment>();

function environmentOf(variable: Variable): Environment {
  const made = environments.get(variable) ?? make(variable);
  environments.set(variable, made);
  return made;
}

function make(variable: Variable): Environment {
  if (variable === "user")
    return storedExpressions.extend({ variables: { user: USER.type }, types: schemaProvider(USER) });
  return storedExpressions.extend({ variables: { claims: types.mapOf(types.STRING, types.ANY) } });
}

interface ExpressionOptions {
  readonly expression: string;
  /** What it is about, and its only variable. */
  readonly about: Variable;
  /** Whether it has to be a condition; it may be anything otherwise. */
  readonly isCondition: boolean;
}

/** An expression about a token's claims or about the user that they make. Upstream: apiserver/pkg/authentication/cel/compile.go */
export class JwtExpression {
  readonly expression: string;
  readonly #about: Variable;
  readonly #program: Program;
  readonly #root: Expr;

  private constructor({ expression, about }: ExpressionOptions, program: Program, root: Expr) {
    this.expression = expression;
    this.#about = about;
    this.#program = program;
    this.#root = root;
  }

  /** A text says what is wrong with it, in upstream's words. */
  static compile(options: ExpressionOptions): JwtExpression | string {
    try {
      const compiled = environmentOf(options.about).compile(options.expression);
      if (options.isCondition && printType(compiled.outputType) !== "bool") return "must evaluate to bool";
      return new JwtExpression(options, compiled.program(), compiled.checked.expr);
    } catch (error) {
      if (error instanceof CompileError) return `compilation failed: ${error.message}`;
      if (error instanceof PlanError) return `program instantiation failed: ${error.message}`;
      throw error;
    }
  }

  /** @param subject The claims, or the user, as JSON. Throws an Error where there is no value. */
  evaluate(subject: object): Value {
    const { value } = this.#program.evaluate({
      resolve: (name) => (name === this.#about ? unescapedValue(subject) : undefined),
    });
    if (value instanceof CelError)
      throw new Error(`expression '${this.expression}' resulted in error: ${value.message}`);
    return value;
  }

  /** Whether it looks at a claim by its name. Upstream: apiserver/pkg/apis/apiserver/validation/validation.go#hasSelectExp */
  uses(claim: string): boolean {
    return selects(this.#root, claim);
  }
}

function selects(expr: Expr, claim: string): boolean {
  return selected(expr) === claim || childrenOf(expr).some((child) => selects(child, claim));
}

/** The claim that an expression itself selects, by `claims.NAME` or `claims.?NAME`. */
function selected(expr: Expr): unknown {
  if (expr.kind === "select") return isClaims(expr.operand) ? expr.field : undefined;
  if (expr.kind !== "call" || expr.fn !== "_?._") return undefined;
  const [operand, field] = expr.args;
  return operand && isClaims(operand) && field?.kind === "literal" ? field.value : undefined;
}

const isClaims = (expr: Expr): boolean => expr.kind === "ident" && expr.name === "claims";
