/** A file of variables is not written as it should be. */
export class EnvFileError extends Error {
  override name = "EnvFileError";
}

/**
 * The value of one variable in a file of lines `NAME='value'`; "" when it is not there, and for a value after a blank.
 * Quoted text is literal and may go over lines; `#` begins a comment. What comes after the variable is not looked at.
 * Upstream: pkg/kubelet/util/env/env_util.go#ParseEnv
 */
export function envFileValue(text: string, key: string): string {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!.replace(/^[ \t]+/, "");
    if (line === "" || line.startsWith("#")) continue;
    const { name, rest } = assignment(line, at + 1);
    if (/^[ \t]/.test(rest) || rest === "") {
      if (rest === "") throw complaint(at + 1, "value must be enclosed in single quotes");
      if (name === key) return "";
      continue;
    }
    const { value, lastLine } = quoted(rest, lines, at);
    if (name === key) return value;
    at = lastLine;
  }
  return "";
}

function assignment(line: string, number: number): { name: string; rest: string } {
  const equals = line.indexOf("=");
  if (equals < 0) throw complaint(number, "missing '='");
  const name = line.slice(0, equals);
  if (name.trim() === "") throw complaint(number, "empty variable name");
  if (/[ \t]$/.test(name)) throw complaint(number, "whitespace before '=' is not allowed");
  return { name, rest: line.slice(equals + 1) };
}

/** From the opening quote to the closing one, lines later perhaps. */
function quoted(rest: string, lines: readonly string[], first: number): { value: string; lastLine: number } {
  if (!rest.startsWith("'")) throw complaint(first + 1, "value must be enclosed in single quotes");
  const parts: string[] = [];
  let part = rest.slice(1);
  for (let at = first; ; part = lines[at]!) {
    const end = part.indexOf("'");
    if (end >= 0) {
      if (!/^[ \t]*(?:#|$)/.test(part.slice(end + 1)))
        throw complaint(at + 1, "unexpected content after closing quote");
      return { value: [...parts, part.slice(0, end)].join("\n"), lastLine: at };
    }
    parts.push(part);
    at++;
    if (at >= lines.length)
      throw new EnvFileError(
        `invalid environment variable format starting at line ${first + 1}: unclosed single quote`,
      );
  }
}

function complaint(line: number, what: string): EnvFileError {
  return new EnvFileError(`invalid environment variable format at line ${line}: ${what}`);
}
