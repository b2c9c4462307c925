/** A place where the grammar cannot go on. */
export class SyntaxFault extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** The expression nests deeper than is allowed. */
export class TooDeep extends Error {}

const LITERALS = "'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER";

/**
 * What messages say was expected. Differs: upstream's grammar tool derives the set from its state, which may be larger
 * or smaller after part of an expression; these are the sets of the commonest states.
 */
export const EXPECTED = {
  operand: `{'[', '{', '(', '.', '-', '!', ${LITERALS}}`,
  end: "<EOF>",
  argument: `{'[', '{', '(', ')', '.', '-', '!', ${LITERALS}}`,
  colon: "':'",
  bracket: "']'",
  paren: "')'",
  closing: (close: string): string => `{'${close}', ','}`,
};

/** Words that no variable may be named. */
export const RESERVED: ReadonlySet<string> = new Set([
  "as",
  "break",
  "const",
  "continue",
  "else",
  "false",
  "for",
  "function",
  "if",
  "import",
  "in",
  "let",
  "loop",
  "package",
  "namespace",
  "null",
  "return",
  "true",
  "var",
  "void",
  "while",
]);
