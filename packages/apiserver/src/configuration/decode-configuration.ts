import { aggregateText, decodeJson, encodeJson, yamlToJsonValue, type StructSchema } from "@dingi/apimachinery";

interface ConfigurationKind {
  readonly kind: string;
  /** By apiVersion, how it is written there. All are read into the same form. */
  readonly versions: Readonly<Record<string, StructSchema>>;
}

/**
 * What a configuration file in YAML or JSON says, strictly: unknown and duplicate fields are refused by name.
 * Throws an Error. Upstream: apimachinery/pkg/runtime/serializer/codec_factory.go#EnableStrict
 */
export function decodeConfiguration<T extends object>(text: string, { kind, versions }: ConfigurationKind): T {
  if (text.trim() === "") throw new Error("empty config data");
  const { value, strictErrors } = yamlToJsonValue(text);
  const said = (value ?? {}) as { readonly kind?: unknown; readonly apiVersion?: unknown };
  const schema = schemaOf(said.apiVersion, versions);
  if (said.kind !== kind || !schema)
    throw new Error(
      `it is a ${printed(said.kind)} of ${printed(said.apiVersion)}; it has to be a "${kind}" of ${listed(versions)}`,
    );
  const decoded = decodeJson(Buffer.from(encodeJson(said)), { schema });
  const problems = [...strictErrors, ...decoded.strictErrors];
  if (problems.length > 0) throw new Error(`strict decoding error: ${problems.join(", ")}`);
  return decoded.value as T;
}

function schemaOf(apiVersion: unknown, versions: ConfigurationKind["versions"]): StructSchema | undefined {
  return typeof apiVersion === "string" && Object.hasOwn(versions, apiVersion) ? versions[apiVersion] : undefined;
}

const printed = (value: unknown): string => JSON.stringify(value ?? "");

const listed = (versions: object): string =>
  Object.keys(versions)
    .map((version) => JSON.stringify(version))
    .join(" or ");

/** A configuration that can be read and is wrong, in upstream's words. */
export class ConfigurationError extends Error {
  override name = "ConfigurationError";

  constructor(what: string, problems: readonly string[]) {
    super(`invalid ${what} configuration: ${aggregateText(problems)}`);
  }
}
