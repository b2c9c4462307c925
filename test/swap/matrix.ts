import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type Direction = "theirs-in-ours" | "ours-in-theirs";
export const DIRECTIONS: readonly Direction[] = ["theirs-in-ours", "ours-in-theirs"];

const TITLES: Readonly<Record<Direction, string>> = {
  "theirs-in-ours": "upstream's in our cluster",
  "ours-in-theirs": "ours in upstream's cluster",
};

interface FailedTest {
  readonly name: string;
  /** In one line. */
  readonly why: string;
}

interface MatrixCell {
  /** "7 of 9 passed" */
  readonly text: string;
  readonly commit: string;
  readonly date: string;
  /** What was left out or switched off, a line each. */
  readonly notes?: readonly string[];
  readonly failed?: readonly FailedTest[];
}

type Cells = Readonly<Record<string, Partial<Record<Direction, MatrixCell>>>>;

/** Keeps the last result of each swap in matrix.json of the folder, and the table of them beside it. */
export async function recordCell(
  folder: string,
  place: { readonly component: string; readonly direction: Direction },
  cell: MatrixCell,
): Promise<void> {
  const path = join(folder, "matrix.json");
  const before = JSON.parse(await readFile(path, "utf8").catch(() => "{}")) as Cells;
  const cells = { ...before, [place.component]: { ...before[place.component], [place.direction]: cell } };
  await writeFile(path, `${JSON.stringify(cells, null, 2)}\n`);
  await writeFile(join(folder, "MATRIX.md"), toMarkdown(cells));
}

export function toMarkdown(cells: Cells): string {
  const details = Object.entries(cells).flatMap(([component, row]) =>
    DIRECTIONS.flatMap((direction) => toDetails(`${component}, ${TITLES[direction]}`, row[direction])),
  );
  return ["# Component swap", "", toTable(cells), ...details].join("\n");
}

function toTable(cells: Cells): string {
  const show = (cell: MatrixCell | undefined) => (cell ? `${cell.text} (${cell.commit}, ${cell.date})` : "not run");
  const rows = Object.entries(cells).map(
    ([component, row]) => `| ${component} | ${DIRECTIONS.map((direction) => show(row[direction])).join(" | ")} |`,
  );
  const titles = DIRECTIONS.map((direction) => TITLES[direction]);
  return [`| component | ${titles.join(" | ")} |`, "| --- | --- | --- |", ...rows, ""].join("\n");
}

/** What the table does not tell: what failed and why, and what was left out. */
function toDetails(title: string, cell: MatrixCell | undefined): readonly string[] {
  const { failed = [], notes = [] } = cell ?? {};
  const lines = [...failed.map(({ name, why }) => `Failed: ${name}: ${why}`), ...notes];
  if (lines.length === 0) return [];
  return [`## ${title}`, "", ...lines.map((line) => `- ${escape(line)}`), ""];
}

/** So that a test's name stays as it is. */
function escape(line: string): string {
  return line.replaceAll(/[*_[\]<>]/g, String.raw`\$&`);
}
