import { CelError, type Activation, type Program } from "@dingi/cel";

const MAX_MESSAGE_BYTES = 5 * 1024;

export interface MessageResult {
  /** Undefined: what was written, or the rule, is told in its place. */
  readonly text?: string;
  /** Nothing more is evaluated after this. */
  readonly fatal?: string;
  readonly budget: number;
}

interface MessageOptions {
  readonly source: string;
  readonly budget: number;
}

/** What a rule's own expression says of its failure. Upstream: apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go#evalMessageExpression */
export function evaluateMessage(
  program: Program,
  activation: Activation,
  { source, budget }: MessageOptions,
): MessageResult {
  const { value, cost, cancelled } = program.evaluate(activation);
  if (cost > budget) {
    const fatal =
      "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run";
    return { fatal, budget: -1 };
  }
  if (cancelled && value instanceof CelError && value.message.includes("actual cost limit exceeded")) {
    const what = JSON.stringify(source);
    const fatal = `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${what}`;
    return { fatal, budget: -1 };
  }
  const rest = { budget: budget - cost };
  const text = typeof value === "string" ? value.trim() : "";
  const isFit = text !== "" && !text.includes("\n") && Buffer.byteLength(text) <= MAX_MESSAGE_BYTES;
  return isFit ? { ...rest, text } : rest;
}
