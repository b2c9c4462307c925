import {
  byteLength,
  forbidden,
  internalError,
  invalid,
  tooLong,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import {
  BINDINGS,
  CompileError,
  newExpressions,
  PlanError,
  printType,
  schemaProvider,
  type Compiled,
  type Environment,
} from "@dingi/cel";
import { DEVICE, DEVICE_SIZES } from "./device-type.ts";

const MAX_LENGTH = 10 * 1024;
const MAX_COST = 1_000_000n;

/** Upstream: pkg/apis/resource/validation/validation.go#validateCELExpression */
export function expressionErrors(expression: string, field: FieldPath): FieldError[] {
  if (byteLength(expression) > MAX_LENGTH) return [tooLong(field, expression, MAX_LENGTH)];
  try {
    const compiled = environment().compile(expression);
    return [...typeErrors(compiled, expression, field), ...costErrors(compiled, field)].slice(0, 1);
  } catch (error) {
    if (error instanceof CompileError) return [invalid(field, expression, `compilation failed: ${error.message}`)];
    if (error instanceof PlanError) return [internalError(field, `program instantiation failed: ${error.message}`)];
    throw error;
  }
}

let made: Environment | undefined;

/** Upstream: dynamic-resource-allocation/cel/compile.go#newCompiler */
function environment(): Environment {
  const variables = { device: DEVICE.type };
  made ??= newExpressions.extend({ libraries: [BINDINGS], variables, types: schemaProvider(DEVICE) });
  return made;
}

/** What attributes are is only known of devices. */
function typeErrors({ outputType }: Compiled, expression: string, field: FieldPath): FieldError[] {
  if (outputType.kind === "bool" || outputType.kind === "any") return [];
  return [invalid(field, expression, `must evaluate to bool or the unknown type, not ${printType(outputType)}`)];
}

function costErrors(compiled: Compiled, field: FieldPath): FieldError[] {
  compiled.program();
  const { max } = compiled.estimateCost(DEVICE_SIZES);
  return max > MAX_COST ? [forbidden(field, "too complex, exceeds cost limit")] : [];
}
