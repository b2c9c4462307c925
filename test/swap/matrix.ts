import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type Direction = "theirs-in-ours" | "ours-in-theirs";
export const DIRECTIONS: readonly Direction[] = ["theirs-in-ours", "ours-in-theirs"];

export interface MatrixCell {
  /** "7 of 9 passed" */
  readonly text: string;
  readonly commit: string;
  readonly date: string;
}

type Cells = Record<string, Partial<Record<Direction, MatrixCell>>>;

/** Keeps the last result of each swap in matrix.json of the folder, and the table of them beside it. */
export async function recordCell(
  folder: string,
  place: { readonly component: string; readonly direction: Direction },
  cell: MatrixCell,
): Promise<void> {
  const path = join(folder, "matrix.json");
  const cells = JSON.parse(await readFile(path, "utf8").catch(() => "{}")) as Cells;
  cells[place.component] = { ...cells[place.component], [place.direction]: cell };
  await writeFile(path, `${JSON.stringify(cells, null, 2)}\n`);
  await writeFile(join(folder, "MATRIX.md"), `# Component swap\n\n${toTable(cells)}`);
}

export function toTable(cells: Cells): string {
  const show = (cell: MatrixCell | undefined) => (cell ? `${cell.text} (${cell.commit}, ${cell.date})` : "not run");
  const rows = Object.entries(cells).map(
    ([component, row]) => `| ${component} | ${DIRECTIONS.map((direction) => show(row[direction])).join(" | ")} |`,
  );
  return [
    "| component | upstream's in our cluster | ours in upstream's cluster |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
