type Json = Readonly<Record<string, unknown>>;

/** What of an OpenAPI v2 document is compared: no prose, and parameters wherever they stand. */
export interface OpenApiSummary {
  /** "GET /api/v1/pods" → one fact a line. */
  readonly operations: Readonly<Record<string, readonly string[]>>;
  readonly definitions: Readonly<Record<string, unknown>>;
}

const KINDS = "x-kubernetes-group-version-kind";

export function summarize(document: Json): OpenApiSummary {
  const shared = (document["parameters"] ?? {}) as Record<string, Json>;
  const operations: Record<string, readonly string[]> = {};
  for (const [path, item] of entries(document["paths"])) {
    // The old way to watch; what asks for resources and versions is known without being told.
    if (path.includes("/watch/") || path.endsWith("/")) continue;
    const { parameters = [], ...methods } = item;
    const common = parametersOf(parameters, shared);
    for (const [method, one] of entries(methods))
      operations[`${method.toUpperCase()} ${path}`] = [
        ...describeOperation(one),
        ...[...common, ...parametersOf(one["parameters"] ?? [], shared)].sort(),
      ];
  }
  const definitions = entries(document["definitions"]).map(([name, schema]) => [name, plain(schema)]);
  return { operations, definitions: Object.fromEntries(definitions) as Record<string, unknown> };
}

const entries = (value: unknown): [string, Json][] => Object.entries(value as Record<string, Json>);

function describeOperation(operation: Json): string[] {
  const { group, version, kind } = operation[KINDS] as Record<string, string>;
  const responses = entries(operation["responses"]).map(([status, { description, schema }]) => {
    const shape = (schema ?? {}) as Record<string, string>;
    return `${status} ${String(description)} ${shape["$ref"] ?? shape["type"] ?? ""}`.trim();
  });
  return [
    `${String(operation["operationId"])} of ${String(operation["tags"])}`,
    `${String(operation["x-kubernetes-action"])} ${group}/${version} ${kind}`,
    `consumes ${String(operation["consumes"])}`,
    `produces ${String(operation["produces"])}`,
    ...responses,
  ];
}

function parametersOf(parameters: unknown, shared: Readonly<Record<string, Json>>): string[] {
  return (parameters as Json[]).map((one) => {
    const reference = one["$ref"] as string | undefined;
    const it = reference ? shared[reference.replace("#/parameters/", "")]! : one;
    const schema = it["schema"] as Record<string, string> | undefined;
    const type = schema ? schema["$ref"] : it["type"];
    return `${String(it["in"])} ${String(it["name"])} ${String(type)}${it["required"] ? " required" : ""}`;
  });
}

/** Without prose and in one order; kinds as texts. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const kept = entries(value).filter(([name, one]) => name !== "description" || typeof one === "object");
  return Object.fromEntries(
    kept
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, one]) => [name, name === KINDS ? kindsOf(one) : name === "required" ? sorted(one) : plain(one)]),
  );
}

const kindsOf = (kinds: unknown): string[] =>
  (kinds as Record<string, string>[]).map(({ group, version, kind }) => `${group}/${version} ${kind}`).sort();

const sorted = (value: unknown): unknown => (Array.isArray(value) ? value.toSorted() : plain(value));
