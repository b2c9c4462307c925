import { TabWriter } from "../printers/tab-writer.ts";

/** Lines of "Key:  value", aligned per level, as describe prints them. */
export class DescribeText {
  readonly #rows: { indent: number; cells: readonly string[] | undefined; text: string }[] = [];

  /** A key with its value in the next column. */
  field(key: string, value: string, indent = 0): void {
    this.#rows.push({ indent, cells: [`${"  ".repeat(indent)}${key}:`, value], text: "" });
  }

  /** A line as it stands. */
  line(text: string, indent = 0): void {
    this.#rows.push({ indent, cells: undefined, text: `${"  ".repeat(indent)}${text}` });
  }

  /** The first value stands by the key, the others under it. */
  list(key: string, values: readonly string[], indent = 0): void {
    const shown = values.length === 0 ? ["<none>"] : values;
    this.field(key, shown[0]!, indent);
    for (const value of shown.slice(1)) this.#rows.push({ indent, cells: ["", value], text: "" });
  }

  table(headers: readonly string[], rows: readonly (readonly string[])[], indent = 1): void {
    const rules = headers.map((header) => "-".repeat(header.length));
    const text = new TabWriter().format([headers, rules, ...rows]);
    for (const line of text.trimEnd().split("\n")) this.line(line, indent);
  }

  /** Keys that follow each other on one level share a column. */
  toString(): string {
    let text = "";
    for (let i = 0; i < this.#rows.length;) {
      const first = this.#rows[i]!;
      let end = i + 1;
      if (!first.cells) text += `${first.text}\n`;
      else {
        while (this.#rows[end]?.cells && this.#rows[end]!.indent === first.indent) end++;
        text += aligned(this.#rows.slice(i, end).map((row) => row.cells!));
      }
      i = end;
    }
    return text;
  }
}

function aligned(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map(([key = ""]) => key.length)) + 2;
  return rows.map(([key = "", value = ""]) => `${`${key.padEnd(width)}${value}`.trimEnd()}\n`).join("");
}

export function pairs(map: Readonly<Record<string, string>>, separator = "="): string[] {
  return Object.entries(map)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}${separator}${value}`);
}
