const PADDING = 2;
const LEVEL = "  ";

/**
 * Text whose cells end in tabs; lines that follow each other and have a cell in a column share its width.
 * Upstream: text/tabwriter with a padding of two spaces, as kubectl/pkg/describe uses it
 */
export class TabbedText {
  #text = "";
  #done = "";

  write(level: number, text: string): void {
    this.#text += LEVEL.repeat(level) + text;
  }

  /** A whole line. */
  line(level: number, text: string): void {
    this.write(level, `${text}\n`);
  }

  /** What follows is not aligned with what was written. */
  flush(): void {
    this.#done += alignCells(this.#text);
    this.#text = "";
  }

  /** Not aligned. */
  raw(): string {
    return this.#done + this.#text;
  }

  toString(): string {
    return this.#done + alignCells(this.#text);
  }
}

export function alignCells(text: string): string {
  const lines = text.split("\n").map((line) => line.split("\t"));
  const output: string[] = [];
  alignBlock(lines, [], output);
  return output.join("\n");
}

/** Aligns the column behind those whose widths are known, in each run of lines that have it. */
function alignBlock(lines: readonly (readonly string[])[], widths: readonly number[], output: string[]): void {
  const column = widths.length;
  const hasColumn = (line: readonly string[]) => column < line.length - 1;
  for (let start = 0; start < lines.length;) {
    const line = lines[start]!;
    if (!hasColumn(line)) {
      output.push(padded(line, widths));
      start++;
      continue;
    }
    let end = start;
    while (end < lines.length && hasColumn(lines[end]!)) end++;
    const block = lines.slice(start, end);
    const width = Math.max(...block.map((each) => [...each[column]!].length)) + PADDING;
    alignBlock(block, [...widths, width], output);
    start = end;
  }
}

function padded(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, i) => (i < widths.length ? cell + " ".repeat(Math.max(0, widths[i]! - [...cell].length)) : cell))
    .join("");
}
