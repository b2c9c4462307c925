import { TextCache } from "@dingi/base";
import { encodeJson } from "../codec/encode-json.ts";
import { goQuote } from "../codec/go-quote.ts";

export type KeyValue = string | number | bigint | boolean | null;

/**
 * One step of a path into an object: a field, the item of a list that has certain keys, an item of a set, or an index.
 * Equal elements have equal texts. Upstream: sigs.k8s.io/structured-merge-diff/fieldpath/element.go
 */
export interface PathElement {
  /** As FieldsV1 names it: `f:spec`, `k:{"name":"a"}`, `v:"x"`, `i:0`. */
  readonly text: string;
  readonly kind: "f" | "k" | "v" | "i";
  /** The field's name; of a key, nothing. */
  readonly name: string;
  /** Of a key: names and values, by name. Of a set's item: the value, without a name. */
  readonly values: readonly (readonly [name: string, value: KeyValue])[];
}

const cache = new TextCache<PathElement>({ entries: 20_000, length: 256 });

function remember(element: PathElement): PathElement {
  cache.set(element.text, element);
  return element;
}

export function fieldElement(name: string): PathElement {
  const text = `f:${name}`;
  return cache.get(text) ?? remember({ text, kind: "f", name, values: [] });
}

/** `values` in any order. */
export function keyElement(values: readonly (readonly [string, KeyValue])[]): PathElement {
  const sorted = values.length < 2 ? values : values.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const text = `k:{${sorted.map(([name, value]) => `${encodeJson(name)}:${encodeJson(value)}`).join(",")}}`;
  return cache.get(text) ?? remember({ text, kind: "k", name: "", values: sorted });
}

export function valueElement(value: KeyValue): PathElement {
  const text = `v:${encodeJson(value)}`;
  return cache.get(text) ?? remember({ text, kind: "v", name: "", values: [["", value]] });
}

/**
 * The element that a FieldsV1 key stands for; undefined for kinds that are not known. @throws {Error} when it is malformed
 * Upstream: fieldpath/serialize-pe.go#DeserializePathElement
 */
export function parsePathElement(text: string): PathElement | undefined {
  const known = cache.get(text);
  if (known !== undefined) return known;
  if (text.length < 2) throw new Error("key must be 2 characters long:");
  if (text[1] !== ":") throw new Error(`missing colon: ${text}`);
  const rest = text.slice(2);
  switch (text[0]) {
    case "f":
      return fieldElement(rest);
    case "v":
      return valueElement(asKeyValue(JSON.parse(rest)));
    case "k":
      return keyElement(asEntries(JSON.parse(rest)));
    case "i":
      if (!/^[+-]?\d+$/.test(rest)) throw new Error(`strconv.Atoi: parsing ${goQuote(rest)}: invalid syntax`);
      return remember({ text: `i:${Number(rest)}`, kind: "i", name: "", values: [["", Number(rest)]] });
    default:
      return undefined;
  }
}

function asKeyValue(value: unknown): KeyValue {
  if (typeof value === "object" && value !== null) throw new Error("a key's value is no scalar");
  return value as KeyValue;
}

function asEntries(value: unknown): [string, KeyValue][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("a key is no object");
  return Object.entries(value).map(([name, item]) => [name, asKeyValue(item)]);
}

const KIND_ORDER = { f: 0, k: 1, v: 2, i: 3 } as const;

/** Fields by name, then keys, then values, then indices. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a.kind !== b.kind) return KIND_ORDER[a.kind] - KIND_ORDER[b.kind];
  if (a.kind === "f") return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
  const length = Math.min(a.values.length, b.values.length);
  for (let i = 0; i < length; i++) {
    const [leftName, left] = a.values[i]!;
    const [rightName, right] = b.values[i]!;
    const order = leftName < rightName ? -1 : leftName > rightName ? 1 : compareValues(left, right);
    if (order !== 0) return order;
  }
  return a.values.length - b.values.length;
}

/** Numbers, then strings, then booleans, then null. */
function compareValues(a: KeyValue, b: KeyValue): number {
  const rank = (value: KeyValue): number =>
    typeof value === "number" || typeof value === "bigint"
      ? 0
      : typeof value === "string"
        ? 1
        : typeof value === "boolean"
          ? 2
          : 3;
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  return a === b ? 0 : a! < b! ? -1 : 1;
}

/** As messages name it: `.spec`, `[name="a"]`, `[="x"]`, `[0]`. */
export function elementText(element: PathElement): string {
  if (element.kind === "f") return `.${element.name}`;
  if (element.kind === "k")
    return `[${element.values.map(([name, value]) => `${name}=${valueText(value)}`).join(",")}]`;
  const value = valueText(element.values[0]![1]);
  return element.kind === "v" ? `[=${value}]` : `[${value}]`;
}

function valueText(value: KeyValue): string {
  return typeof value === "string" ? goQuote(value) : String(value);
}

export type Path = readonly PathElement[];

export function pathText(path: Path): string {
  return path.map(elementText).join("");
}
