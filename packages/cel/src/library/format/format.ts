import { fn, member, overload } from "../../check/declaration.ts";
import { listOf, optionalOf, STRING } from "../../check/type.ts";
import { stringList } from "../../value/list.ts";
import type { Value } from "../../value/value.ts";
import { CelOptional, NONE } from "../../value/value.ts";
import type { Library } from "../library.ts";
import type { NamedFormat } from "./named-format.ts";
import { FORMAT_TYPE, FORMATS } from "./named-format.ts";

function validate(format: NamedFormat, text: string): Value {
  const flaws = format.validate(text);
  return flaws.length === 0 ? NONE : new CelOptional(stringList(flaws));
}

/** Upstream: k8s.io/apiserver/pkg/cel/library/format.go */
export const FORMAT: Library = {
  name: "kubernetes.format",
  functions: [
    fn("validate", member("format-validate", [FORMAT_TYPE, STRING], optionalOf(listOf(STRING)), validate)),
    fn(
      "format.named",
      overload("format-named", [STRING], optionalOf(FORMAT_TYPE), (name: string) => {
        const format = FORMATS.get(name);
        return format ? new CelOptional(format) : NONE;
      }),
    ),
    ...[...FORMATS].map(([name, format]) =>
      fn(
        `format.${name}`,
        overload(`format.${name}`, [], FORMAT_TYPE, () => format),
      ),
    ),
  ],
};
