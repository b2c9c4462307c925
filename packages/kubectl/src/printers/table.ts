import { at, isJson, mapAt, textAt, type AnyObject, type Json } from "../json.ts";
import { TabWriter } from "./tab-writer.ts";

export interface Table {
  readonly columnDefinitions?: readonly { readonly name: string; readonly priority?: number }[];
  readonly rows: readonly Row[];
  readonly metadata?: Json;
}

export interface Row {
  readonly cells: readonly unknown[];
  readonly object: AnyObject;
}

interface TableOptions {
  readonly wide: boolean;
  readonly noHeaders: boolean;
  readonly withNamespace: boolean;
  readonly showLabels: boolean;
  readonly labelColumns: readonly string[];
  /** Put before each name: "pod" gives "pod/web". */
  readonly type?: string;
  readonly showKind: boolean;
}

/** Lays out what the server computed. Upstream: cli-runtime/pkg/printers/tableprinter.go */
export class TablePrinter {
  readonly #writer = new TabWriter();
  readonly #options: TableOptions;
  #columns: Table["columnDefinitions"] = [];
  #headed: boolean;

  constructor(options: TableOptions) {
    this.#options = options;
    this.#headed = options.noHeaders;
  }

  format(table: Table, event?: string): string {
    if (table.columnDefinitions && table.columnDefinitions.length > 0) this.#columns = table.columnDefinitions;
    const rows = table.rows.map((row) => [...(event === undefined ? [] : [event]), ...this.#cells(row)]);
    if (this.#headed) return this.#writer.format(rows);
    this.#headed = true;
    return this.#writer.format([[...(event === undefined ? [] : ["EVENT"]), ...this.#headers()], ...rows]);
  }

  #headers(): string[] {
    const { withNamespace, showLabels, labelColumns } = this.#options;
    const names = (this.#columns ?? []).filter((column) => this.#isShown(column)).map(({ name }) => name.toUpperCase());
    const labels = labelColumns.map((label) => label.slice(label.lastIndexOf("/") + 1).toUpperCase());
    return [...(withNamespace ? ["NAMESPACE"] : []), ...names, ...labels, ...(showLabels ? ["LABELS"] : [])];
  }

  #cells({ cells, object }: Row): string[] {
    const { withNamespace, showLabels, labelColumns, type, showKind } = this.#options;
    const columns = this.#columns ?? [];
    const shown = columns.flatMap((column, i) => (this.#isShown(column) ? [{ column, text: cellText(cells[i]) }] : []));
    const texts = shown.map(({ column, text }) =>
      showKind && type && column.name.toLowerCase() === "name" ? `${type}/${text}` : text,
    );
    const labels = mapAt(object, "metadata", "labels");
    return [
      ...(withNamespace ? [textAt(object, "metadata", "namespace")] : []),
      ...texts,
      ...labelColumns.map((label) => labels[label] ?? ""),
      ...(showLabels ? [labelsText(labels)] : []),
    ];
  }

  #isShown(column: { readonly priority?: number }): boolean {
    return this.#options.wide || (column.priority ?? 0) === 0;
  }
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? "<none>" : pairs.sort().join(",");
}

/** A line break would tear the table apart. */
function cellText(cell: unknown): string {
  const text = cell === null || cell === undefined ? "<none>" : typeof cell === "string" ? cell : JSON.stringify(cell);
  const line = text.search(/[\f\n\r\v]/);
  return line < 0 ? text : `${text.slice(0, line)}...`;
}

export function isTable(value: unknown): value is Json & Table {
  return isJson(value) && at(value, "kind") === "Table" && Array.isArray(value["rows"] ?? []);
}
