import { readFileSync } from "node:fs";
import {
  compareQuantity,
  evaluatePath,
  inKeyOrder,
  isQuantity,
  jsonPathText,
  printJsonPath,
  toYaml,
} from "@dingi/apimachinery";
import { CommandError } from "../command-error.ts";
import { shownType, type Resource } from "../discovery/discovery.ts";
import { isJson, type AnyObject, type Json } from "../json.ts";
import { TabWriter } from "./tab-writer.ts";

/** Prints whole objects: what `-o` names, other than the tables. */
export type Printer = (object: Json) => string;

const FORMATS = "custom-columns,custom-columns-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,wide,yaml";

/** Undefined for tables: no format, or "wide". */
export function printerFor(
  format: string | undefined,
  options: { resourceOf?: (object: AnyObject) => Resource; showManagedFields?: boolean; noHeaders?: boolean } = {},
): Printer | undefined {
  if (format === undefined || format === "" || format === "wide") return undefined;
  const split = format.indexOf("=");
  const name = split < 0 ? format : format.slice(0, split);
  const printer = byName(name, split < 0 ? "" : format.slice(split + 1), options);
  if (!printer)
    throw new CommandError(
      `unable to match a printer suitable for the output format "${format}", allowed formats are: ${FORMATS}`,
    );
  return options.showManagedFields ? printer : (object) => printer(withoutManagedFields(object));
}

function byName(
  name: string,
  argument: string,
  options: { resourceOf?: (object: AnyObject) => Resource; noHeaders?: boolean },
): Printer | undefined {
  const printers: Readonly<Record<string, () => Printer>> = {
    json: () => printJson,
    yaml: () => toYaml,
    name: () => (object) =>
      itemsOf(object)
        .map((item) => `${nameLine(item, options.resourceOf)}\n`)
        .join(""),
    jsonpath: () => (object) => printJsonPath(needed(argument, "jsonpath"), object),
    "jsonpath-file": () => (object) => printJsonPath(readFileSync(argument, "utf8"), object),
    "jsonpath-as-json": () => (object) =>
      `${JSON.stringify(evaluatePath(needed(argument, "jsonpath"), object), undefined, 4)}\n`,
    "custom-columns": () => customColumns(needed(argument, "custom-columns"), options.noHeaders ?? false),
    "custom-columns-file": () => customColumns(columnsOfFile(argument), options.noHeaders ?? false),
  };
  return Object.hasOwn(printers, name) ? printers[name]!() : undefined;
}

function needed(argument: string, format: string): string {
  if (argument === "") throw new CommandError(`template format specified but no template given (${format})`);
  return argument;
}

export function printJson(value: unknown): string {
  return `${JSON.stringify(inKeyOrder(value), undefined, 4)}\n`;
}

function itemsOf(object: Json): AnyObject[] {
  return (Array.isArray(object["items"]) ? object["items"] : [object]) as AnyObject[];
}

function nameLine(object: AnyObject, resourceOf: ((object: AnyObject) => Resource) | undefined): string {
  const group = object.apiVersion.includes("/") ? `.${object.apiVersion.split("/")[0]}` : "";
  const type = resourceOf ? shownType(resourceOf(object)) : `${object.kind.toLowerCase()}${group}`;
  return `${type}/${object.metadata.name}`;
}

function withoutManagedFields(object: Json): Json {
  if (Array.isArray(object["items"]))
    return { ...object, items: (object["items"] as Json[]).map(withoutManagedFields) };
  if (!isJson(object["metadata"])) return object;
  const { managedFields: _, ...metadata } = object["metadata"];
  return { ...object, metadata };
}

function customColumns(spec: string, noHeaders: boolean): Printer {
  const columns = spec.split(/,(?=[^,\s]+:)/).map((column) => {
    const colon = column.indexOf(":");
    if (colon < 0)
      throw new CommandError(`unexpected custom-columns spec: ${column}, expected <header>:<json-path-expr>`);
    return { header: column.slice(0, colon), path: column.slice(colon + 1) };
  });
  return (object) => {
    const rows = itemsOf(object).map((item) =>
      columns.map(({ path }) => evaluatePath(path, item).map(jsonPathText).join(",") || "<none>"),
    );
    return new TabWriter().format([...(noHeaders ? [] : [columns.map(({ header }) => header)]), ...rows]);
  };
}

function columnsOfFile(path: string): string {
  const [headers = [], paths = []] = readFileSync(path, "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  return headers.map((header, i) => `${header}:${paths[i] ?? ""}`).join(",");
}

/** Objects ordered by a JSONPath expression: what has no value first, numbers and quantities by value, the rest by text. */
export function sortedBy<T>(expression: string, rows: readonly T[], object: (row: T) => unknown): T[] {
  const key = (row: T) => evaluatePath(expression, object(row))[0];
  return rows.toSorted((a, b) => compareValues(key(a), key(b)));
}

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = [jsonPathText(a), jsonPathText(b)];
  if (isQuantity(left) && isQuantity(right)) return compareQuantity(left, right);
  return left < right ? -1 : left > right ? 1 : 0;
}
