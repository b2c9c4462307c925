import { EVENT_ID, getScalarValue, SCALAR_STYLE, type Event, type ScalarEvent } from "js-yaml";
import { copyJson } from "./copy-by-schema.ts";
import { DecodeError } from "./decode-error.ts";
import { goQuote } from "./go-quote.ts";
import { setOwn } from "./json-reader.ts";
import { resolvePlain } from "./yaml-resolve.ts";

interface Anchored {
  readonly value: unknown;
  /** Nodes in it, with what its own aliases stand for. */
  readonly size: number;
}

interface Node {
  readonly value: unknown;
  readonly isMerge: boolean;
  /** The key as Go prints it. */
  readonly goKey: string;
}

const SMALL_DOCUMENT = 400_000;
const LARGE_DOCUMENT = 4_000_000;

/** Makes a JSON value of the events of a YAML document. Upstream: go.yaml.in/yaml/v2/decode.go */
export class YamlComposer {
  readonly #source: string;
  readonly #events: readonly Event[];
  readonly #maxAliases: number;
  readonly #anchors = new Map<string, Anchored | "open">();
  readonly #duplicates: string[] = [];
  #at = 0;
  #nodes = 0;
  #aliasedNodes = 0;
  #aliases = 0;

  constructor(source: string, events: readonly Event[], maxAliases: number) {
    this.#source = source;
    this.#events = events;
    this.#maxAliases = maxAliases;
  }

  get strictErrors(): readonly string[] {
    return this.#duplicates.length === 0
      ? []
      : [`yaml: unmarshal errors:\n${this.#duplicates.map((text) => `  ${text}`).join("\n")}`];
  }

  /** The value of the first document; the others are not read. */
  compose(): unknown {
    const first = this.#next();
    if (first?.type !== EVENT_ID.DOCUMENT || this.#peek() === undefined || this.#peek()?.type === EVENT_ID.POP)
      return null;
    return this.#node().value;
  }

  #peek(): Event | undefined {
    return this.#events[this.#at];
  }

  #next(): Event | undefined {
    return this.#events[this.#at++];
  }

  #node(): Node {
    const event = this.#next()!;
    if (event.type === EVENT_ID.ALIAS) return this.#alias(this.#source.slice(event.anchorStart, event.anchorEnd));
    if (event.type !== EVENT_ID.SCALAR && event.type !== EVENT_ID.SEQUENCE && event.type !== EVENT_ID.MAPPING)
      throw fail("document is incomplete");
    const name = event.anchorStart < 0 ? undefined : this.#source.slice(event.anchorStart, event.anchorEnd);
    if (name !== undefined) this.#anchors.set(name, "open");
    const before = this.#nodes++;
    const node =
      event.type === EVENT_ID.SCALAR
        ? this.#scalar(event)
        : container(event.type === EVENT_ID.SEQUENCE ? this.#sequence() : this.#mapping());
    if (name !== undefined) this.#anchors.set(name, { value: node.value, size: this.#nodes - before });
    return node;
  }

  #alias(name: string): Node {
    const anchored = this.#anchors.get(name);
    if (anchored === undefined) throw fail(`unknown anchor '${name}' referenced`);
    if (anchored === "open") throw fail(`anchor '${name}' value contains itself`);
    if (++this.#aliases > this.#maxAliases) throw fail(`document contains more than ${this.#maxAliases} aliases`);
    this.#nodes += anchored.size;
    this.#aliasedNodes += anchored.size;
    if (
      this.#aliasedNodes > 100 &&
      this.#nodes > 1000 &&
      this.#aliasedNodes / this.#nodes > allowedAliasRatio(this.#nodes)
    ) {
      throw fail("document contains excessive aliasing");
    }
    return { value: copyJson(anchored.value), isMerge: false, goKey: goKeyOf(anchored.value) };
  }

  #sequence(): unknown[] {
    const list: unknown[] = [];
    while (this.#peek()?.type !== EVENT_ID.POP) list.push(this.#node().value);
    this.#at++;
    return list;
  }

  #mapping(): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const seen = new Set<string>();
    while (this.#peek()?.type !== EVENT_ID.POP) {
      const key = this.#node();
      if (key.isMerge) this.#merge(map, seen);
      else this.#entry(map, seen, key);
    }
    this.#at++;
    return map;
  }

  #entry(map: Record<string, unknown>, seen: Set<string>, key: Node): void {
    const start = this.#startOf(this.#peek()!);
    const name = keyText(key.value);
    const { value } = this.#node();
    if (seen.has(key.goKey)) this.#duplicates.push(`line ${this.#lineOf(start)}: key ${key.goKey} already set in map`);
    seen.add(key.goKey);
    setOwn(map, name, value);
  }

  /** `<<: *a` or `<<: [*a, *b]`: entries are set as if they stood here. */
  #merge(map: Record<string, unknown>, seen: Set<string>): void {
    const { value } = this.#node();
    const sources = Array.isArray(value) ? value.toReversed() : [value];
    for (const source of sources) {
      if (typeof source !== "object" || source === null || Array.isArray(source))
        throw fail("map merge requires map or sequence of maps as the value");
      for (const [name, item] of Object.entries(source)) {
        seen.add(goQuote(name));
        setOwn(map, name, item);
      }
    }
  }

  #scalar(event: ScalarEvent): Node {
    const text = getScalarValue(this.#source, event);
    const tag = event.tagStart < 0 ? "" : shortTag(this.#source.slice(event.tagStart, event.tagEnd));
    const isPlain = event.style === SCALAR_STYLE.PLAIN;
    const value = tag === "" ? (isPlain ? resolvePlain(text).value : text) : resolveTagged(tag, text);
    if (typeof value === "number" && !Number.isFinite(value))
      throw fail(`json: unsupported value: ${Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf"}`, "");
    return { value, isMerge: text === "<<" && (tag === "!!merge" || (tag === "" && isPlain)), goKey: goKeyOf(value) };
  }

  #startOf(event: Event): number {
    if (event.type === EVENT_ID.SCALAR) return event.valueStart;
    if (event.type === EVENT_ID.ALIAS) return event.anchorStart;
    return "start" in event ? event.start : 0;
  }

  #lineOf(offset: number): number {
    let line = 1;
    for (let i = this.#source.indexOf("\n"); i >= 0 && i < offset; i = this.#source.indexOf("\n", i + 1)) line++;
    return line;
  }
}

const container = (value: unknown): Node => ({ value, isMerge: false, goKey: "" });

const fail = (message: string, prefix = "yaml: "): DecodeError => new DecodeError("syntax", `${prefix}${message}`);

/** Keys of maps are text in JSON; lists, maps and null are none. */
function keyText(key: unknown): string {
  if (typeof key === "string") return key;
  if (typeof key === "object")
    throw fail(
      key === null ? "unsupported map key of type: %!s(<nil>), key: <nil>" : "invalid map key",
      key === null ? "" : "yaml: ",
    );
  return String(key);
}

const goKeyOf = (key: unknown): string => (typeof key === "string" ? goQuote(key) : String(key));

function shortTag(tag: string): string {
  const name = tag.startsWith("!<") ? tag.slice(2, -1) : tag;
  return name.startsWith("tag:yaml.org,2002:") ? `!!${name.slice("tag:yaml.org,2002:".length)}` : name;
}

function resolveTagged(tag: string, text: string): unknown {
  if (tag === "!!binary") return Buffer.from(text, "base64").toString("utf8");
  if (!/^!!(?:bool|int|float|null|timestamp)$/.test(tag)) return text;
  const { kind, value } = resolvePlain(text);
  if (`!!${kind}` === tag || (tag === "!!float" && kind === "int")) return value;
  throw fail(`cannot decode !!${kind} \`${text}\` as a ${tag}`);
}

/** Upstream: go.yaml.in/yaml/v2/decode.go#allowedAliasRatio */
function allowedAliasRatio(nodes: number): number {
  if (nodes <= SMALL_DOCUMENT) return 0.99;
  if (nodes >= LARGE_DOCUMENT) return 0.1;
  return 0.99 - 0.89 * ((nodes - SMALL_DOCUMENT) / (LARGE_DOCUMENT - SMALL_DOCUMENT));
}
