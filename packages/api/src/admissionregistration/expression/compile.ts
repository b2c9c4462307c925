import { CompileError, PlanError, printType, type CelType, type Environment, type Program } from "@dingi/cel";

/** An expression that is ready to run, or why it is not. */
export type CompiledExpression =
  | { readonly program: Program; readonly outputType: CelType }
  | { readonly flaw: Flaw; readonly program?: undefined; readonly outputType?: undefined };

interface Flaw {
  readonly message: string;
  /** Upstream takes it for its own: the expression checks, and can never run. */
  readonly isInternal: boolean;
}

/**
 * @param returns One of which the expression must give; of any type when absent.
 * Upstream: apiserver/pkg/admission/plugin/cel/compile.go#CompileCELExpression
 */
export function compileExpression(
  environment: Environment,
  expression: string,
  returns?: readonly CelType[],
): CompiledExpression {
  try {
    const compiled = environment.compile(expression);
    const { outputType } = compiled;
    const got = printType(outputType);
    const fits = returns === undefined || returns.some((type) => printType(type) === got);
    return fits ? { program: compiled.program(), outputType } : invalid(misfit(returns.map(printType), got));
  } catch (error) {
    if (error instanceof CompileError) return invalid(`compilation failed: ${error.message}`);
    if (error instanceof PlanError)
      return { flaw: { message: `program instantiation failed: ${error.message}`, isInternal: true } };
    throw error;
  }
}

const invalid = (message: string): CompiledExpression => ({ flaw: { message, isInternal: false } });

function misfit(wanted: readonly string[], got: string): string {
  const oneOf = wanted.length === 1 ? wanted[0]! : `one of [${wanted.join(" ")}]`;
  return `must evaluate to ${oneOf} but got ${got}`;
}
