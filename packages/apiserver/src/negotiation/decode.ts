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
  isObject,
  newBadRequest,
  newInvalid,
  newUnsupportedMediaType,
  versionOf,
  yamlToJsonValue,
  type ApiRequest,
  type Draft,
  type KubeObject,
  type StructSchema,
} from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import type { AuditTrail } from "../audit/audit-trail.ts";
import { OBJECT_MEDIA_TYPES, TEXT_MEDIA_TYPES } from "./accept.ts";
import {
  conversionProblem,
  isGroupVersion,
  readTypeMeta,
  withDefaults,
  type IsRegistered,
  type TypeMeta,
} from "./type-meta.ts";

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
  /** Shown what was read. */
  readonly audit?: Pick<AuditTrail, "sent"> | undefined;
  readonly isRegistered: IsRegistered;
  readonly clock: Pick<Clock, "yieldIfDue">;
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
  const object = await decoded(request, expected, options);
  options.audit?.sent(object);
  return object;
}

async function decoded(
  request: ApiRequest,
  expected: ExpectedKind,
  options: DecodeOptions,
): Promise<Draft<KubeObject>> {
  if (request.object !== undefined) {
    checkType(request.object as KubeObject, expected, options);
    return canonicalize(expected.schema, copyBySchema(expected.schema, request.object)) as Draft<KubeObject>;
  }
  const type = bodyType(request);
  const bytes = await readBody(request);
  // What comes now begins here, in a turn that the body's last bytes have begun.
  await options.clock.yieldIfDue();
  // Differs: upstream promises to read a custom kind's protobuf, too, and panics.
  if (expected.custom && type === "application/vnd.kubernetes.protobuf")
    throw newUnsupportedMediaType(TEXT_MEDIA_TYPES);
  if (type === "application/vnd.kubernetes.protobuf") return await decodeProtobufBody(bytes, expected, options);
  if (type === "application/json" || type === "application/yaml")
    return await decodeText(bytes, type, expected, options);
  throw newUnsupportedMediaType(OBJECT_MEDIA_TYPES);
}

export async function readBody(request: ApiRequest): Promise<Uint8Array> {
  return request.readBody ? await request.readBody(MAX_BODY_BYTES) : new Uint8Array();
}

async function decodeProtobufBody(
  bytes: Uint8Array,
  expected: ExpectedKind,
  options: DecodeOptions,
): Promise<Draft<KubeObject>> {
  try {
    const envelope = decodeEnvelope(bytes);
    checkType(envelope, expected, options);
    const object = decodeProtobuf(expected.schema, envelope.raw, new DecodeBudget());
    await options.clock.yieldIfDue();
    return canonicalize(expected.schema, object) as Draft<KubeObject>;
  } catch (error) {
    throw wrap(error, expected);
  }
}

/** Decodes JSON or YAML text strictly; what is merely unknown or duplicate is reported as the client wishes. */
async function decodeText(
  bytes: Uint8Array,
  type: string,
  expected: ExpectedKind,
  options: DecodeOptions,
): Promise<Draft<KubeObject>> {
  let json: Uint8Array | undefined;
  try {
    const read = type === "application/yaml" ? await fromYaml(bytes, options) : { json: bytes, strictErrors: [] };
    json = read.json;
    if (expected.custom && isNull(json)) throw unrecognized(expected, "Object 'Kind' is missing in 'null'", bytes);
    const text = isNull(json) ? EMPTY_OBJECT : json;
    const { value, strictErrors: unknown } = decodeObject(text, expected.schema, new DecodeBudget());
    const { apiVersion = "" } = value as KubeObject;
    if (!isGroupVersion(apiVersion))
      throw unrecognized(expected, `unexpected GroupVersion string: ${apiVersion}`, bytes);
    checkType(value as KubeObject, expected, options);
    report([...read.strictErrors, ...unknown], expected, options);
    return value as Draft<KubeObject>;
  } catch (error) {
    await options.clock.yieldIfDue();
    throw explain(error, { bytes, json: json ?? (type === "application/json" ? bytes : undefined) }, expected, options);
  }
}

interface ReadText {
  readonly json: Uint8Array;
  readonly strictErrors: readonly string[];
}

interface Body {
  readonly bytes: Uint8Array;
  /** The same as JSON; absent when it is no YAML. */
  readonly json: Uint8Array | undefined;
}

const EMPTY_OBJECT = Buffer.from("{}");

/** Go's decoder leaves an object as it is when the text is `null`. */
function isNull(json: Uint8Array): boolean {
  return json.length < 64 && Buffer.from(json).toString().trim() === "null";
}

async function fromYaml(bytes: Uint8Array, { clock }: Pick<DecodeOptions, "clock">): Promise<ReadText> {
  const { value, strictErrors } = yamlToJsonValue(bytes, { maxAliases: 100, budget: new DecodeBudget() });
  await clock.yieldIfDue();
  const json = Buffer.from(encodeJson(value));
  await clock.yieldIfDue();
  return { json, strictErrors };
}

function report(strictErrors: readonly string[], expected: ExpectedKind, options: DecodeOptions): void {
  if (strictErrors.length === 0 || options.fieldValidation === "Ignore") return;
  if (options.fieldValidation === "Warn") for (const text of strictErrors) options.warn(text);
  else throw newBadRequest(`${cannotBeHandled(expected, expected)}: strict decoding error: ${strictErrors.join(", ")}`);
}

interface SaidType {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata?: { readonly name?: string | undefined } | undefined;
}

/** Upstream: apimachinery/pkg/runtime/serializer/json/json.go#Decode, apiserver/pkg/endpoints/handlers/create.go */
function checkType(
  object: SaidType,
  expected: ExpectedKind,
  { isRegistered }: Pick<DecodeOptions, "isRegistered">,
): void {
  if (expected.custom) return checkCustomType(object, expected);
  const { apiVersion = "", kind = "" } = object;
  if (apiVersion === expected.apiVersion && kind === expected.kind) return;
  const meta = withDefaults({ apiVersion, kind }, expected);
  const problem = conversionProblem(meta, expected, isRegistered);
  if (problem !== undefined) throw newBadRequest(`${cannotBeHandled(meta, expected)}: ${problem}`);
  checkVersion(meta, expected);
}

function checkVersion({ apiVersion }: SaidType, expected: ExpectedKind): void {
  if (!apiVersion || apiVersion === expected.apiVersion) return;
  throw newBadRequest(
    `the API version in the data (${apiVersion}) does not match the expected API version (${expected.apiVersion})`,
  );
}

/** That of a custom kind is known by what the object says, and so it must. Upstream: unstructured/helpers.go, validation.go#ValidateTypeMeta */
export function checkCustomType(object: SaidType, expected: ExpectedKind): void {
  if (!object.kind)
    throw unrecognized(
      expected,
      `Object 'Kind' is missing in '${encodeJson(object)}'`,
      Buffer.from(encodeJson(object)),
    );
  checkVersion(object, expected);
  if (object.kind === expected.kind) return;
  const errors = [invalid("kind", object.kind, `must be ${expected.kind}`)];
  throw newInvalid({ group: groupOf(expected.apiVersion), kind: object.kind }, object.metadata?.name ?? "", errors);
}

function cannotBeHandled({ apiVersion, kind }: TypeMeta, expected: ExpectedKind): string {
  return `${kind} in version ${JSON.stringify(versionOf(apiVersion))} cannot be handled as a ${expected.kind}`;
}

function wrap(error: unknown, expected: ExpectedKind): unknown {
  return error instanceof DecodeError
    ? newBadRequest(`${cannotBeHandled(expected, expected)}: ${error.message}`)
    : error;
}

/**
 * What a body says that it is goes before everything else that is wrong, but for its syntax.
 * Upstream: apiserver/pkg/endpoints/handlers/rest.go#transformDecodeError
 */
function explain(error: unknown, { bytes, json }: Body, expected: ExpectedKind, options: DecodeOptions): unknown {
  if (!(error instanceof DecodeError)) return error;
  const value = json && error.reason !== "syntax" ? parsed(json) : undefined;
  if (value === undefined)
    return json === bytes
      ? unrecognized(expected, `couldn't get version/kind; json parse error: ${error.message}`, bytes)
      : wrap(error, expected);
  if (!isObject(value)) return expected.custom ? noVersion(error, expected, bytes) : wrap(error, expected);
  const meta = readTypeMeta(value);
  if (typeof meta === "string") return unrecognized(expected, meta, bytes);
  checkType(meta, expected, options);
  return wrap(error, expected);
}

/** What a custom kind's object is, is read before all else of it. Upstream: apimachinery/pkg/runtime/serializer/json/meta.go#Interpret */
function noVersion({ message }: DecodeError, expected: ExpectedKind, bytes: Uint8Array): Error {
  const said = message.replace(/type v\w+\.\w+$/, `type ${GO_TYPE_META}`);
  return unrecognized(expected, `couldn't get version/kind; json parse error: ${said}`, bytes);
}

const GO_TYPE_META =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

const unrecognized = (expected: ExpectedKind, problem: string, bytes: Uint8Array): Error =>
  newBadRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): ${problem} (${summary(bytes)})`,
  );

function parsed(json: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(json).toString());
  } catch {
    return undefined;
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
