import { parseEvents, YAMLException } from "js-yaml";
import { UNLIMITED, type DecodeBudget } from "./decode-budget.ts";
import { DecodeError } from "./decode-error.ts";
import { decodeJson } from "./decode-json.ts";
import { readText } from "./utf8.ts";
import { YamlComposer } from "./yaml-composer.ts";

interface YamlOptions {
  /** References (`*name`) in one document; 100 when absent. */
  readonly maxAliases?: number | undefined;
  /** For text of strangers. */
  readonly budget?: DecodeBudget | undefined;
}

interface YamlValue {
  readonly value: unknown;
  /** Duplicate keys, in upstream's words; empty or one text. */
  readonly strictErrors: readonly string[];
}

const MAX_ALIASES = 100;
/** Differs: upstream allows 10,000, which JSON bodies have here too; no manifest nests this deep. */
const MAX_DEPTH = 1000;

/**
 * The JSON value that the first YAML document stands for, by the rules of YAML 1.1 as Kubernetes reads it: yes and no are
 * booleans, times are text, keys are strings. An empty document is null.
 * @throws {DecodeError}. Upstream: sigs.k8s.io/yaml#YAMLToJSON
 */
export function yamlToJsonValue(input: string | Uint8Array, options: YamlOptions = {}): YamlValue {
  const { budget = UNLIMITED } = options;
  const asJson = tryJson(input, budget);
  if (asJson !== undefined) return asJson;
  const source = typeof input === "string" ? input : readText(input).text;
  if (budget !== UNLIMITED) budget.spend(YAML_COST * nodesAtMost(source));
  try {
    const composer = new YamlComposer(
      source,
      parseEvents(source, { maxDepth: MAX_DEPTH }),
      options.maxAliases ?? MAX_ALIASES,
    );
    const value = composer.compose();
    return { value, strictErrors: composer.strictErrors };
  } catch (error) {
    throw explain(error);
  }
}

/** A node of YAML costs several times what one of JSON costs: it is an event first, then a value, then JSON. */
const YAML_COST = 3;
const YAML_STRUCTURE: ReadonlySet<number> = new Set([..."\n,[{?&!"].map((char) => char.charCodeAt(0)));

/**
 * By what nodes begin or end with. Lines of comments and of long texts count, too: they are read one by one. The parser
 * reads a whole document before it gives anything, so its work is estimated before it begins.
 */
function nodesAtMost(source: string): number {
  let count = 0;
  for (let i = 0; i < source.length; i++) if (YAML_STRUCTURE.has(source.charCodeAt(i))) count++;
  return count;
}

/** Most of what is sent as YAML by programs is JSON, which is read ten times as fast. */
function tryJson(input: string | Uint8Array, budget: DecodeBudget): YamlValue | undefined {
  const bytes = typeof input === "string" ? Buffer.from(input) : input;
  const first = bytes.find((byte) => byte > 0x20);
  if (first !== 0x7b && first !== 0x5b) return undefined;
  try {
    const decoded = decodeJson(bytes, { budget });
    return decoded.strictErrors.length === 0 ? decoded : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function explain(error: unknown): unknown {
  if (error instanceof RangeError) return new DecodeError("syntax", "yaml: exceeded max depth", { cause: error });
  if (!(error instanceof YAMLException)) return error;
  const line = error.mark === undefined ? "" : `line ${error.mark.line + 1}: `;
  return new DecodeError("syntax", `yaml: ${line}${error.reason}`, { cause: error });
}

/**
 * The documents of a stream, without empty ones; what stands behind a separator on its line is not read.
 * Upstream: apimachinery/pkg/util/yaml/decoder.go#splitYAMLDocument
 */
export function splitYamlDocuments(text: string): string[] {
  return text.split(/^---[^\n]*(?:\n|$)/m).filter((document) => !/^(?:\s*(?:#[^\n]*)?(?:\n|$))*$/.test(document));
}

/** What a configuration file says. Throws an Error in people's words. */
export function readYaml(text: string): unknown {
  try {
    return yamlToJsonValue(text).value;
  } catch (error) {
    if (error instanceof DecodeError) throw new Error(`it is no YAML: ${error.message}`, { cause: error });
    throw error;
  }
}
