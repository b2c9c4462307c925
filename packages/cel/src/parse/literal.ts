import { CelDouble, CelUint, intOf } from "../value/numbers.ts";
import type { Value } from "../value/value.ts";
import type { Token, TokenKind } from "./lexer.ts";
import { unquoteBytes, unquoteString } from "./string-token.ts";

type Reader = (text: string, negative: boolean) => Value | SyntaxError;

const READERS: Partial<Record<TokenKind, Reader>> = {
  int: readInt,
  uint: readUint,
  float: readDouble,
  string: (text) => guarded(() => unquoteString(text)),
  bytes: (text) => guarded(() => unquoteBytes(text)),
  keyword: (text) => (text === "null" ? null : text === "true"),
};

/** What a token means as a literal, or what is wrong with it. */
export function literalOf(token: Token, negative: boolean): Value | SyntaxError {
  const read = READERS[token.kind];
  return read ? read(token.text, negative) : new SyntaxError(`unexpected '${token.text}'`);
}

function readInt(text: string, negative: boolean): Value | SyntaxError {
  const value = negative ? -BigInt(text) : BigInt(text);
  return BigInt.asIntN(64, value) === value ? intOf(value) : new SyntaxError("invalid int literal");
}

function readUint(text: string): Value | SyntaxError {
  const value = BigInt(text.slice(0, -1));
  return BigInt.asUintN(64, value) === value ? new CelUint(value) : new SyntaxError("invalid uint literal");
}

function readDouble(text: string, negative: boolean): Value | SyntaxError {
  const value = Number(text);
  if (!Number.isFinite(value)) return new SyntaxError("invalid double literal");
  return new CelDouble(negative ? -value : value);
}

function guarded(read: () => Value): Value | SyntaxError {
  try {
    return read();
  } catch (error) {
    return new SyntaxError((error as Error).message);
  }
}
