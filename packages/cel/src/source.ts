/** A place in an expression: the line from 1, the column from 0 in code points. */
export interface Location {
  readonly line: number;
  readonly column: number;
}

export const NO_LOCATION: Location = { line: -1, column: -1 };

/** One complaint about an expression. */
export interface Issue {
  readonly location: Location;
  readonly message: string;
}

/** The text of an expression, by code points. */
export class Source {
  readonly text: string;
  /** One string for each code point. */
  readonly points: readonly string[];
  readonly #lineStarts: number[] = [0];

  constructor(text: string) {
    this.text = text;
    this.points = isPlain(text) ? text.split("") : Array.from(text);
    this.points.forEach((point, i) => {
      if (point === "\n") this.#lineStarts.push(i + 1);
    });
  }

  locate(offset: number): Location {
    let [low, high] = [0, this.#lineStarts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#lineStarts[low]! };
  }

  line(line: number): string | undefined {
    const start = this.#lineStarts[line - 1];
    if (start === undefined) return undefined;
    const next = this.#lineStarts[line];
    return this.points.slice(start, next === undefined ? undefined : next - 1).join("");
  }
}

function isPlain(text: string): boolean {
  return !/[\ud800-\udfff]/.test(text);
}

const MAX_SNIPPET_BYTES = 16_384;

/** Issues as users see them, with the line and a caret. Upstream: github.com/google/cel-go/common/errors.go#ToDisplayString */
export function displayIssues(source: Source, issues: readonly Issue[]): string {
  const sorted = issues.toSorted((a, b) => a.location.line - b.location.line || a.location.column - b.location.column);
  const shown = sorted.slice(0, MAX_ISSUES).map((issue) => displayIssue(source, issue));
  if (sorted.length > MAX_ISSUES) shown.push(`${sorted.length - MAX_ISSUES} more errors were truncated`);
  return shown.join("\n");
}

const MAX_ISSUES = 100;

function displayIssue(source: Source, { location, message }: Issue): string {
  const head = `ERROR: <input>:${location.line}:${location.column + 1}: ${message}`;
  const line = source.line(location.line)?.replaceAll("\t", " ");
  if (line === undefined || source.text === "" || Buffer.byteLength(line) > MAX_SNIPPET_BYTES) return head;
  const points = Array.from(line);
  const dots = points.slice(0, Math.max(0, location.column)).map((point) => (isWide(point) ? "\uff0e" : "."));
  return `${head}\n | ${line}\n | ${dots.join("")}${isWide(points[location.column]) ? "\uff3e" : "^"}`;
}

function isWide(point: string | undefined): boolean {
  return point !== undefined && point.codePointAt(0)! > 0x7f;
}
