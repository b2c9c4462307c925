import { inVersion, type AnyKind, type Column, type KubeObject, type V1ListMeta } from "@dingi/apimachinery";
import type { Stored } from "../cacher/stored.ts";
import { partialMetadataOf, withType } from "./encode.ts";

export interface TableOptions {
  readonly viewVersion: string;
  /** How much of each object comes with its row. */
  readonly includeObject: "None" | "Metadata" | "Object";
  readonly nowMs: number;
  readonly apiVersion: string;
}

interface RenderOptions extends TableOptions {
  readonly metadata: V1ListMeta;
  /** The kind's when absent. */
  readonly columns?: readonly Column[];
  /** Left out of all but the first event of a watch. */
  readonly withoutColumns?: boolean;
}

/** What `kubectl get` prints. Upstream: apiserver/pkg/endpoints/handlers/response.go */
export function renderTable(kind: AnyKind, items: readonly Stored[], options: RenderOptions): object {
  const { columns = inVersion(kind, options.apiVersion).columns } = options;
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${options.viewVersion}`,
    metadata: options.metadata,
    columnDefinitions: options.withoutColumns ? null : columns.filter(({ unnamed }) => !unnamed).map(definition),
    rows: items.map((stored) => row(stored, columns, options)),
  };
}

function definition(column: Column<KubeObject>): object {
  const { name, type, format = "", description = "", priority = 0 } = column;
  return { name, type, format, description, priority };
}

function row(stored: Stored, columns: readonly Column[], options: TableOptions): object {
  const object = objectOf(stored, options.apiVersion);
  const cells = columns.map((column) => column.value(object, { nowMs: options.nowMs }));
  const conditions = stored.kind.rowConditions?.(stored.object) ?? [];
  return { cells, ...(conditions.length > 0 ? { conditions } : {}), object: rowObject(stored, options) };
}

/** Columns are of the hub's object, but for a version that has its own. */
function objectOf(stored: Stored, apiVersion: string): KubeObject {
  return stored.kind.versions[apiVersion]?.columns ? stored.inVersion(apiVersion) : stored.object;
}

function rowObject(stored: Stored, options: TableOptions): object | null {
  if (options.includeObject === "None") return null;
  if (options.includeObject === "Object") return withType(stored, options.apiVersion);
  return partialMetadataOf(stored, options.viewVersion);
}
