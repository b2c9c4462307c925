import { isJson, listAt, textAt, type Json } from "../json.ts";
import { innerSchemas, propertiesOf, type SchemaDocument } from "./schema-document.ts";
import { indentLines, wrapWords } from "./word-wrap.ts";

const DESCRIPTION_WIDTH = 76;
const FIELD_WIDTH = 78;
const SHORT_ENUM = 4;

interface ExplainOptions {
  readonly recursive: boolean;
  /** Levels of fields to show; all when 0. */
  readonly maxDepth: number;
}

/** Renders what the schema says of a kind or one of its fields. Upstream: kubectl/pkg/explain/v2/templates/plaintext.tmpl */
export class ExplainText {
  readonly #document: SchemaDocument;
  readonly #options: ExplainOptions;

  constructor(document: SchemaDocument, options: ExplainOptions) {
    this.#document = document;
    this.#options = options;
  }

  /** Undefined when there is no such field. */
  render(schema: Json, path: readonly string[], seen: ReadonlySet<string> = new Set()): string | undefined {
    const reference = textAt(schema, "$ref");
    const resolved = this.#document.resolved(schema);
    const [name, ...rest] = path;
    if (name === undefined) return this.#whole(resolved);
    if (reference !== "" && seen.has(reference)) return undefined;
    const properties = resolved["properties"];
    const property = isJson(properties) ? properties[name] : undefined;
    if (isJson(property)) {
      const text = this.render(property, rest);
      return text === undefined || rest.length > 0 ? text : `${this.#heading(name, property)}${text}`;
    }
    const next = reference === "" ? seen : new Set([...seen, reference]);
    for (const inner of deeper(resolved)) {
      const text = this.render(inner, path, next);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  #heading(name: string, schema: Json): string {
    const values = listAt(schema, "enum") as unknown[];
    const shown = values.length === 0 ? "" : `ENUM:${values.map((value) => `\n    ${enumText(value)}`).join("")}`;
    return `FIELD: ${name} <${this.#type(schema)}>\n${shown}\n\n`;
  }

  #whole(resolved: Json): string {
    const description = this.#description(resolved) || "<empty>";
    const fields = this.#fields(resolved, 1, new Set());
    const text = `DESCRIPTION:\n${indentLines(wrapWords(description, DESCRIPTION_WIDTH), 4)}\n`;
    const { externalDocs } = resolved;
    const docs = isJson(externalDocs) ? `\nEXTERNAL DOCS:\n${docsText(externalDocs, 4)}` : "";
    return `${text}${docs}${fields === "" ? "" : `FIELDS:\n${fields}`}`;
  }

  #description(schema: Json): string {
    const resolved = this.#document.resolved(schema);
    const own = textAt(resolved, "description");
    return `${own === "" ? "" : `${own}\n`}${innerSchemas(resolved)
      .map((inner) => this.#description(inner))
      .join("")}`;
  }

  #fields(schema: Json, level: number, seen: ReadonlySet<string>): string {
    const reference = textAt(schema, "$ref");
    if (reference !== "" && seen.has(reference)) return "";
    const next = new Set([...seen, reference]);
    const resolved = this.#document.resolved(schema);
    const { recursive, maxDepth } = this.#options;
    const own = propertiesOf(resolved).map(([name, field]) => {
      const detail = this.#field(resolved, name, { field, level });
      const isShown = recursive && (maxDepth === 0 || level < maxDepth);
      return isShown ? detail + this.#fields(field, level + 1, next) : detail;
    });
    return [...own, ...innerSchemas(resolved).map((inner) => this.#fields(inner, level, next))].join("");
  }

  #field(schema: Json, name: string, { field, level }: { field: Json; level: number }): string {
    const indent = level * 2;
    const required = Array.isArray(schema["required"]) && schema["required"].includes(name) ? " -required-" : "";
    const head = `${" ".repeat(indent)}${name}\t<${this.#type(field)}>${required}${shortEnum(field, indent)}\n`;
    if (this.#options.recursive) return head;
    const description = textAt(field, "description") || "<no description>";
    const { externalDocs } = field;
    const docs = isJson(externalDocs)
      ? `\n${" ".repeat(indent + 2)}EXTERNAL DOCS:\n${docsText(externalDocs, indent + 4)}`
      : "";
    return `${head}${indentLines(wrapWords(description, FIELD_WIDTH - indent), indent + 2)}\n${docs}\n`;
  }

  #type(schema: Json): string {
    const { items, additionalProperties, properties } = schema;
    if (isJson(items)) return `[]${this.#type(items)}`;
    if (isJson(additionalProperties)) return `map[string]${this.#type(additionalProperties)}`;
    const all = listAt(schema, "allOf");
    if (all.length === 1 && !isJson(properties)) return this.#type(all[0]!);
    const reference = textAt(schema, "$ref");
    if (reference === "") return plainType(textAt(schema, "type"));
    const target = textAt(this.#document.resolve(reference), "type");
    return target === "" || target === "object" ? (reference.split(/[/.]/).at(-1) ?? "Object") : target;
  }
}

/** Where a field may still be: elements, values, then the alternatives. */
function deeper(resolved: Json): Json[] {
  const { items, additionalProperties } = resolved;
  if (isJson(items)) return [items];
  return isJson(additionalProperties) ? [additionalProperties] : listAt(resolved, "allOf");
}

function plainType(type: string): string {
  return type === "" || type === "object" ? "Object" : type;
}

function shortEnum(schema: Json, indent: number): string {
  const values = listAt(schema, "enum") as unknown[];
  if (values.length === 0) return "";
  const shown = values.slice(0, SHORT_ENUM).map(enumText).join(", ");
  return `\n${" ".repeat(indent)}enum: ${shown}${values.length > SHORT_ENUM ? ", ...." : ""}`;
}

function enumText(value: unknown): string {
  return value === "" ? '""' : String(value);
}

function docsText(docs: Json, indent: number): string {
  const [description, url] = [textAt(docs, "description"), textAt(docs, "url")];
  const text = description === "" ? "" : `${indentLines(wrapWords(description, FIELD_WIDTH - indent + 2), indent)}\n`;
  return `${text}${url === "" ? "" : `${indentLines(`URL: ${url}`, indent)}\n`}`;
}
