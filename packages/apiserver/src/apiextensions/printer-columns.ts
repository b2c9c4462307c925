import type { V1CustomResourceColumnDefinition as ColumnDefinition } from "@dingi/api";
import {
  ageColumn,
  findByPath,
  JsonPathError,
  jsonPathText,
  nameColumn,
  parsePath,
  translateTimestampSince,
  type Column,
  type KubeObject,
  type Path,
} from "@dingi/apimachinery";
import { own } from "@dingi/base";

type Cell = ReturnType<Column["value"]>;

/** What kubectl prints of a version's objects. Upstream: apiextensions-apiserver/pkg/registry/customresource/tableconvertor/tableconvertor.go */
export function printerColumns(definitions: readonly ColumnDefinition[] | undefined): readonly Column[] {
  if (!definitions || definitions.length === 0) return [nameColumn, { ...ageColumn, type: "date" }];
  const columns: Column[] = [nameColumn];
  for (const definition of definitions) {
    const path = readPath(definition.jsonPath);
    // Those behind one that cannot be read are not printed either.
    if (!path) break;
    columns.push(printerColumn(definition, path));
  }
  return columns;
}

function printerColumn(definition: ColumnDefinition, path: Path): Column {
  const { name, type, format = "", description = "", priority = 0, jsonPath } = definition;
  return {
    name,
    type: type as Column["type"],
    format,
    priority,
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    value: (object, { nowMs }) => cellOf(type, firstOf(path, object), nowMs),
  };
}

function readPath(jsonPath: string): Path | undefined {
  try {
    return parsePath(jsonPath);
  } catch (error) {
    if (error instanceof JsonPathError) return undefined;
    throw error;
  }
}

function firstOf(path: Path, object: KubeObject): unknown {
  try {
    return findByPath(path, object)[0];
  } catch (error) {
    if (error instanceof JsonPathError) return undefined;
    throw error;
  }
}

function cellOf(type: string, value: unknown, nowMs: number): Cell {
  if (value === undefined || value === null) return null;
  return own(CELLS, type)?.(value, nowMs) ?? null;
}

const isNumber = (value: unknown): value is number | bigint => typeof value === "number" || typeof value === "bigint";

const CELLS: Readonly<Record<string, (value: unknown, nowMs: number) => Cell>> = {
  string: (value) => (typeof value === "object" ? jsonPathText(value) : String(value as string)),
  integer: (value) => (isNumber(value) ? Math.trunc(Number(value)) : null),
  number: (value) => (isNumber(value) ? Number(value) : null),
  boolean: (value) => (typeof value === "boolean" ? value : null),
  date: (value, nowMs) => (typeof value === "string" ? ageOf(value, nowMs) : null),
};

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function ageOf(text: string, nowMs: number): string {
  if (text === "" || text === "null") return "<unknown>";
  return TIME.test(text) && Number.isFinite(Date.parse(text)) ? translateTimestampSince(text, nowMs) : "<invalid>";
}
