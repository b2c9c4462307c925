import type { KubeObject } from "../meta/object.ts";

type Cell = string | number | boolean | null;

interface ColumnContext {
  readonly nowMs: number;
}

/** What a row says of its object as a whole, such as that it has completed. */
export interface RowCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** One column of `kubectl get`. Upstream: pkg/printers/internalversion/printers.go */
export interface Column<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  /** "name" marks the column that names the object. */
  readonly format?: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority?: number;
  readonly description?: string;
  /** Its cells are sent without a definition that names them, as upstream does by mistake for some kinds. */
  readonly unnamed?: true;
  value(object: T, context: ColumnContext): Cell;
}
