import {
  aggregateText,
  fieldErrorText,
  goTypeName,
  isObject,
  path,
  validateAnnotations,
  validateLabels,
  type FieldError,
} from "@dingi/apimachinery";

type Fields = Readonly<Record<string, unknown>>;

/** What a webhook has made of an object is no such object. */
export class ConversionError extends Error {
  override name = "ConversionError";
  /** What of it. */
  readonly what: string;

  constructor(what: string, message: string) {
    super(message);
    this.what = what;
  }
}

interface Expected {
  /** Which of the answer. */
  readonly index: number;
  readonly to: string;
}

/** Throws ConversionError. Upstream: apiextensions-apiserver/pkg/apiserver/conversion/webhook_converter.go#validateConvertedObject */
export function checkConverted(original: Fields, converted: unknown, { index, to }: Expected): Fields {
  const object = isObject(converted) ? converted : {};
  const check = (what: string, expected: unknown, got: unknown): void => {
    if (expected !== got)
      throw new ConversionError(
        `object at index ${index}`,
        `${what} (expected ${text(expected)}, received ${text(got)})`,
      );
  };
  check("invalid groupVersion", to, object["apiVersion"]);
  check("invalid kind", original["kind"], object["kind"]);
  const [before, after] = [metadataOf(original), metadataOf(object)];
  for (const [name, field] of [
    ["name", "name"],
    ["namespace", "namespace"],
    ["UID", "uid"],
  ] as const) {
    const [expected, got] = [before[field] ?? "", after[field] ?? ""];
    if (expected !== got)
      throw new ConversionError("object", `must have the same ${name}: ${text(expected)} != ${text(got)}`);
  }
  return object;
}

const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value ?? ""));
const metadataOf = ({ metadata }: Fields): Fields => (isObject(metadata) ? metadata : {});

/** Of its metadata a webhook changes labels and annotations alone. Throws ConversionError. Upstream: …#restoreObjectMeta */
export function withOwnMetadata(original: Fields, converted: Fields): Fields {
  if (!isObject(converted["metadata"])) throw new ConversionError("metadata", "missing metadata in converted object");
  const { labels: _labels, annotations: _annotations, ...kept } = metadataOf(original);
  const metadata: Record<string, unknown> = kept;
  for (const field of ["labels", "annotations"] as const) {
    const texts = textsOf(converted["metadata"][field], field);
    if (texts) metadata[field] = texts;
  }
  return { ...converted, metadata };
}

function textsOf(value: unknown, field: "labels" | "annotations"): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value))
    throw new ConversionError("metadata", `invalid metadata.${field} of type ${goTypeName(value)} in converted object`);
  for (const [name, one] of Object.entries(value))
    if (typeof one !== "string")
      throw new ConversionError(
        "metadata",
        `metadata.${field}[${name}] must be a string, but is ${goTypeName(one)} in converted object`,
      );
  const texts = value as Readonly<Record<string, string>>;
  const errors: FieldError[] =
    field === "labels"
      ? validateLabels(texts, path("metadata", field))
      : validateAnnotations(texts, path("metadata", "annotation"));
  if (errors.length > 0) throw new ConversionError("metadata", aggregateText(errors.map(fieldErrorText)));
  return texts;
}
