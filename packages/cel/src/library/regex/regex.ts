import { fn, member } from "../../check/declaration.ts";
import { INT, listOf, STRING } from "../../check/type.ts";
import { CelError } from "../../value/error.ts";
import { stringList } from "../../value/list.ts";
import type { CelInt } from "../../value/numbers.ts";
import type { Value } from "../../value/value.ts";
import type { Library } from "../library.ts";
import { compilePattern } from "./pattern.ts";

/** Upstream: k8s.io/apiserver/pkg/cel/library/regex.go */
export const REGEX: Library = {
  name: "kubernetes.regex",
  functions: [
    fn("find", member("string_find_string", [STRING, STRING], STRING, find)),
    fn(
      "findAll",
      member("string_find_all_string", [STRING, STRING], listOf(STRING), findAll),
      member("string_find_all_string_int", [STRING, STRING, INT], listOf(STRING), findAll),
    ),
  ],
};

function find(text: string, pattern: string): Value {
  const compiled = compilePattern(pattern);
  if (compiled instanceof CelError) return illegal(compiled);
  const matcher = compiled.matcher(text);
  return matcher.find() ? (matcher.group() ?? "") : "";
}

/** A negative limit is none. */
function findAll(text: string, pattern: string, limit: CelInt = -1): Value {
  const compiled = compilePattern(pattern);
  if (compiled instanceof CelError) return illegal(compiled);
  const matcher = compiled.matcher(text);
  const found: string[] = [];
  while ((limit < 0 || found.length < limit) && matcher.find()) found.push(matcher.group() ?? "");
  return stringList(found);
}

function illegal({ message }: CelError): CelError {
  return new CelError(`Illegal regex: ${message}`);
}
