import {
  canonicalize,
  copyBySchema,
  DecodeBudget,
  decodeEnvelope,
  DecodeError,
  decodeObject,
  decodeProtobuf,
  encodeJson,
  groupOf,
  invalid,
  newBadRequest,
  newInvalid,
  newUnsupportedMediaType,
  yamlToJsonValue,
  type ApiRequest,
  type Draft,
  type KubeObject,
  type StatusError,
  type StructSchema,
} from "@dingi/apimachinery";
import { OBJECT_MEDIA_TYPES, TEXT_MEDIA_TYPES } from "./accept.ts";
import { goTypeOf } from "./go-type.ts";

export const MAX_BODY_BYTES = 3 * 1024 * 1024;

export type FieldValidation = "Ignore" | "Warn" | "Strict";

/** What a body is expected to be. */
export interface ExpectedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: StructSchema;
  readonly custom?: boolean | undefined;
}

export interface DecodeOptions {
  readonly fieldValidation: FieldValidation;
  readonly warn: (text: string) => void;
}

/** The media type of a request's body, without parameters; JSON when absent. */
export function bodyType(request: ApiRequest): string {
  return (request.headers["content-type"] || "application/json").split(";")[0]!.trim().toLowerCase();
}

/** Reads, decodes and canonicalises a body. Throws StatusError 400, 413 or 415. */
export async function decodeBody(
  request: ApiRequest,
  expected: ExpectedKind,
  options: DecodeOptions,
): Promise<Draft<KubeObject>> {
  if (request.object !== undefined) {
    checkType(request.object as KubeObject, expected);
    return canonicalize(expected.schema, copyBySchema(expected.schema, request.object)) as Draft<KubeObject>;
  }
  const type = bodyType(request);
  const bytes = await readBody(request);
  // Differs: upstream promises to read a custom kind's protobuf, too, and panics.
  if (expected.custom && type === "application/vnd.kubernetes.protobuf")
    throw newUnsupportedMediaType(TEXT_MEDIA_TYPES);
  if (type === "application/vnd.kubernetes.protobuf") return decodeProtobufBody(bytes, expected);
  if (type === "application/json" || type === "application/yaml") return decodeText(bytes, type, expected, options);
  throw newUnsupportedMediaType(OBJECT_MEDIA_TYPES);
}

export async function readBody(request: ApiRequest): Promise<Uint8Array> {
  return request.readBody ? await request.readBody(MAX_BODY_BYTES) : new Uint8Array();
}

function decodeProtobufBody(bytes: Uint8Array, expected: ExpectedKind): Draft<KubeObject> {
  try {
    const envelope = decodeEnvelope(bytes);
    checkType(envelope, expected);
    return canonicalize(
      expected.schema,
      decodeProtobuf(expected.schema, envelope.raw, new DecodeBudget()),
    ) as Draft<KubeObject>;
  } catch (error) {
    throw wrap(error, expected);
  }
}

/** Decodes JSON or YAML text strictly; what is merely unknown or duplicate is reported as the client wishes. */
export function decodeText(
  bytes: Uint8Array,
  type: string,
  expected: ExpectedKind,
  options: DecodeOptions,
): Draft<KubeObject> {
  try {
    const { json, strictErrors } = toJson(bytes, type);
    const text = isNull(json) ? EMPTY_OBJECT : json;
    const { value, strictErrors: unknown } = decodeObject(text, expected.schema, new DecodeBudget());
    checkType(value as KubeObject, expected);
    report([...strictErrors, ...unknown], expected, options);
    return value as Draft<KubeObject>;
  } catch (error) {
    throw type === "application/json" ? wrapText(error, bytes, expected) : wrap(error, expected);
  }
}

const EMPTY_OBJECT = Buffer.from("{}");

/** Go's decoder leaves an object as it is when the text is `null`. */
function isNull(json: Uint8Array): boolean {
  return json.length < 64 && Buffer.from(json).toString().trim() === "null";
}

function toJson(bytes: Uint8Array, type: string): { json: Uint8Array; strictErrors: readonly string[] } {
  if (type !== "application/yaml") return { json: bytes, strictErrors: [] };
  const { value, strictErrors } = yamlToJsonValue(bytes, { maxAliases: 100, budget: new DecodeBudget() });
  return { json: Buffer.from(encodeJson(value)), strictErrors };
}

function report(strictErrors: readonly string[], expected: ExpectedKind, options: DecodeOptions): void {
  if (strictErrors.length === 0 || options.fieldValidation === "Ignore") return;
  if (options.fieldValidation === "Warn") for (const text of strictErrors) options.warn(text);
  else throw newBadRequest(`${cannotBeHandled(expected)}: strict decoding error: ${strictErrors.join(", ")}`);
}

interface SaidType {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata?: { readonly name?: string | undefined } | undefined;
}

function checkType(object: SaidType, expected: ExpectedKind): void {
  if (expected.custom) return checkCustomType(object, expected);
  if (object.kind && object.kind !== expected.kind) {
    const version = versionText(object.apiVersion);
    throw newBadRequest(
      `${object.kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: converting (${version}.${object.kind}) to (${goTypeOf(expected)}): unknown conversion`,
    );
  }
  checkVersion(object, expected);
}

function checkVersion(object: SaidType, expected: ExpectedKind): void {
  if (object.apiVersion && object.apiVersion !== expected.apiVersion) {
    throw newBadRequest(
      `the API version in the data (${object.apiVersion}) does not match the expected API version (${expected.apiVersion})`,
    );
  }
}

/** That of a custom kind is known by what the object says, and so it must. Upstream: unstructured/helpers.go, validation.go#ValidateTypeMeta */
function checkCustomType(object: SaidType, expected: ExpectedKind): void {
  if (!object.kind) throw newUnrecognized(expected, `Object 'Kind' is missing in '${encodeJson(object)}'`, object);
  checkVersion(object, expected);
  if (object.kind === expected.kind) return;
  const errors = [invalid("kind", object.kind, `must be ${expected.kind}`)];
  throw newInvalid({ group: groupOf(expected.apiVersion), kind: object.kind }, object.metadata?.name ?? "", errors);
}

function newUnrecognized(expected: ExpectedKind, problem: string, object: object): StatusError {
  const shown = summary(Buffer.from(encodeJson(object)));
  return newBadRequest(`the object provided is unrecognized (must be of type ${expected.kind}): ${problem} (${shown})`);
}

function versionText(apiVersion: string | undefined): string {
  return (apiVersion ?? "").split("/").at(-1) ?? "";
}

function cannotBeHandled(expected: ExpectedKind): string {
  return `${expected.kind} in version ${JSON.stringify(versionText(expected.apiVersion))} cannot be handled as a ${expected.kind}`;
}

function wrap(error: unknown, expected: ExpectedKind): unknown {
  return error instanceof DecodeError ? newBadRequest(`${cannotBeHandled(expected)}: ${error.message}`) : error;
}

/** Text that is not even a JSON object cannot say what it is. Upstream: apiserver/pkg/endpoints/handlers/rest.go#transformDecodeError */
function wrapText(error: unknown, bytes: Uint8Array, expected: ExpectedKind): unknown {
  if (!(error instanceof DecodeError) || isJson(bytes)) return wrap(error, expected);
  return newBadRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): couldn't get version/kind; json parse error: ${error.message} (${summary(bytes)})`,
  );
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString());
    return true;
  } catch {
    return false;
  }
}

const SUMMARY_BYTES = 30;

/** Upstream: …/rest.go#summarizeData */
function summary(bytes: Uint8Array): string {
  if (bytes.length === 0) return "<empty>";
  const head = Buffer.from(bytes.subarray(0, SUMMARY_BYTES));
  const rest = bytes.length > SUMMARY_BYTES ? " ..." : "";
  return `${bytes[0] === 0x7b ? head.toString() : head.toString("hex")}${rest}`;
}
