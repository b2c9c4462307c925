import { required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { compileExpression } from "../expression/compile.ts";
import { admissionEnvironment } from "../expression/environment.ts";
import { compileErrors, flawErrors, type ExpressionRules } from "../expression/expression-errors.ts";
import { DeclaredVariables } from "../expression/variables-type.ts";

interface PolicyExpressionsOptions {
  /** Whether the policy has a kind of params. */
  readonly params: boolean;
  /** Whether `variables` is there even if the policy declares none. */
  readonly composed: boolean;
}

/** The expressions of one policy, in their order: those that come later may use the variables before them. */
export class PolicyExpressions {
  readonly params: boolean;
  readonly #variables: DeclaredVariables | undefined;

  constructor({ params, composed }: PolicyExpressionsOptions) {
    this.params = params;
    this.#variables = composed ? new DeclaredVariables() : undefined;
  }

  errors(expression: string, rules: ExpressionRules, field: FieldPath): FieldError[] {
    return compileErrors(expression, { params: this.params, variables: this.#variables, ...rules }, field);
  }

  /** A variable, which is there from now on, whatever is wrong with it. */
  declare(name: string, rules: ExpressionRules & { readonly expression: string }, field: FieldPath): FieldError[] {
    const { expression, stored } = rules;
    const declared = { params: this.params, authorizer: true, variables: this.#variables };
    const environment = admissionEnvironment(declared, stored?.has(expression) ? "stored" : "new");
    const compiled = compileExpression(environment, expression);
    this.#variables?.declare(name, compiled.outputType);
    return flawErrors(compiled, expression, field);
  }
}

export const isBlank = (expression = ""): boolean => expression.trim() === "";

export const missingExpression = (field: FieldPath, text = ""): FieldError[] => [required(field, text)];
