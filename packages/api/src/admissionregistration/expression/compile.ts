import { CompileError, formatType, PlanError, type CelType, type Environment, type Program } from "@dingi/cel";

/** An expression that is ready to run, or why it is not. */
export type CompiledExpression =
  | { readonly program: Program; readonly outputType: CelType }
  | { readonly flaw: string; readonly program?: undefined; readonly outputType?: undefined };

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
    const got = formatType(outputType);
    const fits = returns === undefined || returns.some((type) => formatType(type) === got);
    return fits ? { program: compiled.program(), outputType } : { flaw: misfit(returns!.map(formatType), got) };
  } catch (error) {
    if (error instanceof CompileError) return { flaw: `compilation failed: ${error.message}` };
    if (error instanceof PlanError) return { flaw: `program instantiation failed: ${error.message}` };
    throw error;
  }
}

function misfit(wanted: readonly string[], got: string): string {
  const oneOf = wanted.length === 1 ? wanted[0]! : `one of [${wanted.join(" ")}]`;
  return `must evaluate to ${oneOf} but got ${got}`;
}
