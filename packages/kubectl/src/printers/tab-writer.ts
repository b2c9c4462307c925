const MIN_WIDTH = 6;
const PADDING = 3;

/** Aligns columns, and keeps their widths from one call to the next so that a watch stays in line. */
export class TabWriter {
  #widths: number[] = [];

  /** Forgets the widths, for another table. */
  reset(): void {
    this.#widths = [];
  }

  /** The lines of the rows; the last cell of a row is not padded. */
  format(rows: readonly (readonly string[])[]): string {
    for (const row of rows)
      row
        .slice(0, -1)
        .forEach((cell, i) => (this.#widths[i] = Math.max(this.#widths[i] ?? MIN_WIDTH, width(cell) + PADDING)));
    return rows
      .map((row) => `${row.map((cell, i) => (i === row.length - 1 ? cell : this.#pad(cell, i))).join("")}\n`)
      .join("");
  }

  #pad(cell: string, column: number): string {
    return cell + " ".repeat(Math.max(0, (this.#widths[column] ?? 0) - width(cell)));
  }
}

function width(text: string): number {
  return [...text].length;
}
