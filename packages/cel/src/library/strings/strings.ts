import { fn, member, overload } from "../../check/declaration.ts";
import { DYN, INT, listOf, STRING } from "../../check/type.ts";
import { CelError } from "../../value/error.ts";
import type { CelList } from "../../value/value.ts";
import { stringList } from "../../value/list.ts";
import type { CelInt } from "../../value/numbers.ts";
import { pointsOf, quoteCel } from "../../value/text.ts";
import type { Value } from "../../value/value.ts";
import type { Library } from "../library.ts";
import { formatString } from "./format.ts";

/** The second version of the extension: without `reverse`. Upstream: github.com/google/cel-go/ext/strings.go */
export const STRINGS: Library = {
  name: "cel.lib.ext.strings",
  functions: [
    fn("charAt", member("string_char_at_int", [STRING, INT], STRING, charAt)),
    fn(
      "indexOf",
      member("string_index_of_string", [STRING, STRING], INT, indexOf),
      member("string_index_of_string_int", [STRING, STRING, INT], INT, indexOf),
    ),
    fn(
      "lastIndexOf",
      member("string_last_index_of_string", [STRING, STRING], INT, lastIndexOf),
      member("string_last_index_of_string_int", [STRING, STRING, INT], INT, lastIndexOfFrom),
    ),
    fn(
      "lowerAscii",
      member("string_lower_ascii", [STRING], STRING, (text: string) =>
        text.replaceAll(/[A-Z]+/g, (part) => part.toLowerCase()),
      ),
    ),
    fn(
      "upperAscii",
      member("string_upper_ascii", [STRING], STRING, (text: string) =>
        text.replaceAll(/[a-z]+/g, (part) => part.toUpperCase()),
      ),
    ),
    fn(
      "replace",
      member("string_replace_string_string", [STRING, STRING, STRING], STRING, replace as never),
      member("string_replace_string_string_int", [STRING, STRING, STRING, INT], STRING, replace as never),
    ),
    fn(
      "split",
      member("string_split_string", [STRING, STRING], listOf(STRING), split),
      member("string_split_string_int", [STRING, STRING, INT], listOf(STRING), split),
    ),
    fn(
      "substring",
      member("string_substring_int", [STRING, INT], STRING, substring),
      member("string_substring_int_int", [STRING, INT, INT], STRING, substring),
    ),
    fn("trim", member("string_trim", [STRING], STRING, trim)),
    fn("format", member("string_format", [STRING, listOf(DYN)], STRING, formatString)),
    fn("strings.quote", overload("strings_quote", [STRING], STRING, quoteCel)),
    fn(
      "join",
      member("list_join", [listOf(STRING)], STRING, join),
      member("list_join_string", [listOf(STRING), STRING], STRING, join),
    ),
  ],
};

/**
 * How long a text may become at most. Differs: upstream has no end here, though what comes in is all that is paid for;
 * longer texts cost more than an expression may, as soon as anything is done with them.
 */
const MAX_RESULT = 10 * 1024 * 1024;
const TOO_LONG = new CelError("operation cancelled: text is too long");

function outOfRange(index: CelInt): CelError {
  return new CelError(`index out of range: ${index}`);
}

function charAt(text: string, index: CelInt): Value {
  const points = pointsOf(text);
  if (index < 0 || index > points.length) return outOfRange(index);
  return points[Number(index)] ?? "";
}

function indexOf(text: string, part: string, offset: CelInt = 0): Value {
  if (offset < 0) return outOfRange(offset);
  const points = pointsOf(text);
  if (part === "") return offset > points.length ? points.length : offset;
  if (offset >= points.length) return -1;
  const from = Number(offset);
  const found = points.slice(from).join("").indexOf(part);
  return found < 0 ? -1 : from + pointsOf(points.slice(from).join("").slice(0, found)).length;
}

function lastIndexOf(text: string, part: string): Value {
  const { length } = pointsOf(text);
  if (part === "") return length;
  return Buffer.byteLength(text) < Buffer.byteLength(part) ? -1 : lastIndexOfFrom(text, part, length - 1);
}

function lastIndexOfFrom(text: string, part: string, offset: CelInt): Value {
  if (offset < 0) return outOfRange(offset);
  const points = pointsOf(text);
  if (part === "") return offset > points.length ? points.length : offset;
  if (offset >= points.length) return -1;
  const end = points.slice(0, Number(offset) + pointsOf(part).length).join("");
  const found = end.lastIndexOf(part);
  return found < 0 ? -1 : pointsOf(end.slice(0, found)).length;
}

// oxlint-disable-next-line max-params -- The language's own signature.
function replace(text: string, old: string, by: string, limit: CelInt = -1): Value {
  if (text.length * by.length > MAX_RESULT && by.length > old.length) return TOO_LONG;
  if (limit < 0) return old === "" ? replaceFirst(text, { old, by, limit: Infinity }) : text.replaceAll(old, () => by);
  return replaceFirst(text, { old, by, limit: Number(limit) });
}

function replaceFirst(text: string, { old, by, limit }: { old: string; by: string; limit: number }): string {
  if (old !== "") {
    const parts = text.split(old);
    const kept = Math.min(limit, parts.length - 1);
    return (
      parts.slice(0, kept + 1).join(by) +
      parts
        .slice(kept + 1)
        .map((part) => old + part)
        .join("")
    );
  }
  // Nothing is found before each character, and at the end.
  const points = pointsOf(text);
  const before = points
    .slice(0, limit)
    .map((point) => by + point)
    .join("");
  return before + points.slice(limit).join("") + (limit > points.length ? by : "");
}

function split(text: string, separator: string, limit: CelInt = -1): Value {
  if (Number(limit) === 0) return stringList([]);
  const parts = separator === "" ? pointsOf(text) : text.split(separator);
  if (limit < 0 || parts.length <= limit) return stringList(parts);
  const kept = Number(limit) - 1;
  return stringList([...parts.slice(0, kept), parts.slice(kept).join(separator)]);
}

function substring(text: string, start: CelInt, end?: CelInt): Value {
  const points = pointsOf(text);
  if (end !== undefined && start > end) return new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0 || start > points.length) return outOfRange(start);
  if (end !== undefined && end > points.length) return outOfRange(end);
  return points.slice(Number(start), end === undefined ? undefined : Number(end)).join("");
}

/** What Go takes for white space: with the next line of C1, without the mark of byte order. */
const SPACE = String.raw`[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+`;
const SPACE_AROUND = new RegExp(`^${SPACE}|${SPACE}$`, "g");

function trim(text: string): string {
  return text.replaceAll(SPACE_AROUND, "");
}

function join(list: CelList, separator = ""): Value {
  const parts: string[] = [];
  let length = separator.length * list.size;
  for (const value of list) {
    if (typeof value === "string") length += value.length;
    if (length > MAX_RESULT) return TOO_LONG;
    if (typeof value !== "string") return new CelError(`join: invalid input: ${String(value)}`);
    parts.push(value);
  }
  return parts.join(separator);
}
