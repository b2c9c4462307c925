import type { Answer } from "./case.ts";

/** An answer without what differs from run to run. */
export interface Recorded {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, parsed; of a stream, one value per line; otherwise text. */
  readonly body?: unknown;
}

const HEADERS = ["content-type", "warning", "retry-after", "location", "allow"];

export function normalizeAnswer({ status, headers, text }: Answer, lines: number | undefined): Recorded {
  const names = HEADERS.filter((name) => headers[name] !== undefined);
  const kept = Object.fromEntries(names.map((name) => [name, normalizeText(headers[name]!)]));
  const body = lines !== undefined ? text.trim().split("\n").slice(0, lines).map(parse) : parse(text);
  return {
    status,
    ...(names.length > 0 ? { headers: kept } : {}),
    ...(text === "" ? {} : { body: normalizeValue(body, "") }),
  };
}

function parse(text: string): unknown {
  if (!/^[{[]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Fields that hold something different each time, whatever it is. */
const VARYING: Readonly<Record<string, string>> = {
  uid: "<uid>",
  resourceVersion: "<revision>",
  continue: "<continue>",
  clusterIP: "<ip>",
  nodePort: "<port>",
  healthCheckNodePort: "<port>",
  token: "<token>",
};

function normalizeValue(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return normalizeList(value, key);
  if (typeof value === "object" && value !== null) return normalizeObject(value);
  const fixed = value === "" || value === 0 || value === "None" || value === "0" ? undefined : VARYING[key];
  if (fixed !== undefined && value !== null) return fixed;
  return typeof value === "string" ? normalizeText(value) : value;
}

/** Upstream describes columns by its documentation of fields, which is not copied. */
function normalizeObject(object: object): unknown {
  const entries = Object.entries(object);
  const isColumn = "format" in object && "priority" in object;
  return Object.fromEntries(
    entries.map(([name, inner]) => [name, isColumn && name === "description" ? "<text>" : normalizeValue(inner, name)]),
  );
}

function normalizeList(values: readonly unknown[], key: string): unknown {
  if (key === "clusterIPs" && values[0] !== "None") return ["<ip>"];
  // Their order is that of their times, which may be the same.
  if (key === "managedFields") return values.map((entry) => normalizeValue(entry, "")).toSorted(byManager);
  const normal = values.map((value) => normalizeValue(value, ""));
  // Upstream collects rules in no order.
  return key.endsWith("Rules") ? normal.toSorted(byText) : normal;
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

function byManager(a: unknown, b: unknown): number {
  const key = (entry: unknown) => {
    const { manager, operation, subresource = "" } = entry as Record<string, string>;
    return `${manager} ${operation} ${subresource}`;
  };
  return key(a) < key(b) ? -1 : 1;
}

const REPLACED: readonly [RegExp, string][] = [
  [/X509SHA256=[0-9a-f]+/g, "X509SHA256=<fingerprint>"],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uid>"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>"],
  [/https:\/\/(issuer\.test|kubernetes\.default\.svc\.cluster\.local)/, "<issuer>"],
  [/(valid ports is )\d+-\d+/, "$1<range>"],
  [/kube-api-access-[a-z0-9]{5}/g, "kube-api-access-<suffix>"],
  [/(ResourceVersion in object meta: )\d+/g, "$1<revision>"],
  [/(ResourceVersion in record \()\d+/g, "$1<revision>"],
  [/\bgen-[a-z0-9]{5}\b/g, "gen-<suffix>"],
  [/^\d+s$/, "<age>"],
  [/patch: Invalid value: .*: strict decoding/, "patch: Invalid value: <patch>: strict decoding"],
  [/^Invalid value: .*: strict decoding/, "Invalid value: <patch>: strict decoding"],
  [/10\.96\.\d+\.\d+/g, "<ip>"],
];

function normalizeText(text: string): string {
  // Upstream ends some messages with Go's print of a difference, behind a line break; its text is no interface.
  const short = /@@|\u00a0|may not change fields|is immutable after creation/.test(text)
    ? text.split("\n", 1)[0]!
    : text;
  return REPLACED.reduce((result, [pattern, mark]) => result.replaceAll(asGlobal(pattern), mark), short);
}

const asGlobal = (pattern: RegExp): RegExp => (pattern.global ? pattern : new RegExp(pattern, "g"));
