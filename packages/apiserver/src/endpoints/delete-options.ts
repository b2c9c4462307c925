import {
  canonicalize,
  copyBySchema,
  DecodeBudget,
  decodeEnvelope,
  DecodeError,
  decodeJson,
  decodeObject,
  decodeProtobuf,
  encodeJson,
  invalid,
  newBadRequest,
  newInvalid,
  newUnsupportedMediaType,
  notSupported,
  V1DeleteOptions,
  yamlToJsonValue,
  type ApiRequest,
  type FieldError,
  type V1DeleteOptions as DeleteOptions,
} from "@dingi/apimachinery";
import { OBJECT_MEDIA_TYPES } from "../negotiation/accept.ts";
import { bodyType, readBody } from "../negotiation/decode.ts";
import { fieldProblem, goKind, isGroupVersion, unregistered } from "../negotiation/type-meta.ts";
import { isTrue } from "../routing/request-info.ts";

const KIND = "DeleteOptions";
const POLICIES = ["Foreground", "Background", "Orphan"];

/** From the body; from the query where there is none. Throws StatusError 400, 413 or 415. */
export async function readDeleteOptions(request: ApiRequest): Promise<DeleteOptions> {
  if (request.object !== undefined) return copyBySchema(V1DeleteOptions, request.object) as DeleteOptions;
  const bytes = request.headers["content-length"] === "0" ? undefined : await readBody(request);
  if (bytes === undefined || bytes.length === 0) return optionsFromQuery(request.query);
  try {
    return decodeOptions(bytes, bodyType(request));
  } catch (error) {
    throw error instanceof DecodeError ? newBadRequest(error.message) : error;
  }
}

/** Every group has them, known here or not, so only the kind counts. Upstream: …/handlers/delete.go#DeleteResource */
function decodeOptions(bytes: Uint8Array, type: string): DeleteOptions {
  switch (type) {
    case "application/vnd.kubernetes.protobuf": {
      const envelope = decodeEnvelope(bytes);
      checkKind(envelope);
      return canonicalize(
        V1DeleteOptions,
        decodeProtobuf(V1DeleteOptions, envelope.raw, new DecodeBudget()),
      ) as DeleteOptions;
    }
    case "application/json":
      return decodeJsonOptions(bytes);
    case "application/yaml":
      return decodeJsonOptions(
        Buffer.from(encodeJson(yamlToJsonValue(bytes, { maxAliases: 100, budget: new DecodeBudget() }).value)),
      );
    default:
      throw newUnsupportedMediaType(OBJECT_MEDIA_TYPES);
  }
}

function decodeJsonOptions(bytes: Uint8Array): DeleteOptions {
  const head = headOf(bytes);
  if (!head) return {};
  checkKind(head);
  return decodeObject(bytes, V1DeleteOptions, new DecodeBudget()).value as DeleteOptions;
}

interface Head {
  readonly apiVersion?: string;
  readonly kind?: string;
}

const HEAD_TYPE = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;

/** What a body says that it is; undefined for null. Upstream: apimachinery/pkg/runtime/serializer/json/meta.go#Interpret */
function headOf(bytes: Uint8Array): Head | undefined {
  const value = parse(bytes);
  if (value === null) return undefined;
  if (typeof value !== "object" || Array.isArray(value))
    throw headError(`json: cannot unmarshal ${goKind(value)} into Go value of type ${HEAD_TYPE}`);
  const head = value as Record<string, unknown>;
  return { apiVersion: textAt(head, "apiVersion"), kind: textAt(head, "kind") };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return decodeJson(bytes, { budget: new DecodeBudget() }).value;
  } catch (error) {
    throw error instanceof DecodeError ? headError(error.message, { cause: error }) : error;
  }
}

function textAt(head: Record<string, unknown>, name: string): string {
  const value = head[name] ?? "";
  if (typeof value === "string") return value;
  throw headError(fieldProblem(name, value));
}

const headError = (text: string, options?: ErrorOptions): DecodeError =>
  new DecodeError("syntax", `couldn't get version/kind; json parse error: ${text}`, options);

function checkKind({ apiVersion = "", kind = "" }: Head): void {
  if (!isGroupVersion(apiVersion)) throw newBadRequest(`unexpected GroupVersion string: ${apiVersion}`);
  if (kind === "" || kind === KIND) return;
  throw newBadRequest(unregistered({ apiVersion, kind }));
}

function optionsFromQuery(query: URLSearchParams): DeleteOptions {
  const grace = query.get("gracePeriodSeconds");
  const orphan = query.get("orphanDependents");
  const policy = query.get("propagationPolicy");
  const dryRun = query.getAll("dryRun");
  return {
    ...(dryRun.length === 0 ? {} : { dryRun }),
    ...(grace === null ? {} : { gracePeriodSeconds: parseInt64(grace) }),
    ...(orphan === null ? {} : { orphanDependents: isTrue(orphan) }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
  };
}

/** Throws StatusError 422. Upstream: apimachinery/pkg/apis/meta/v1/validation/validation.go#ValidateDeleteOptions */
export function checkDeleteOptions(options: DeleteOptions): void {
  const { orphanDependents, propagationPolicy, dryRun = [] } = options;
  const errors: FieldError[] = [];
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    const text = "orphanDependents and deletionPropagation cannot be both set";
    errors.push(invalid("propagationPolicy", propagationPolicy, text));
  }
  if (propagationPolicy !== undefined && !POLICIES.includes(propagationPolicy))
    errors.push(notSupported("propagationPolicy", propagationPolicy, [...POLICIES, "nil"]));
  if (dryRun.some((value) => value !== "All")) errors.push(notSupported("dryRun", dryRun as never, ["All"]));
  if (errors.length > 0) throw newInvalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", errors);
}

/** Throws StatusError 400. */
function parseInt64(text: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw newBadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}
