import {
  DecodeBudget,
  DecodeError,
  decodeJson,
  newBadRequest,
  newRequestEntityTooLarge,
  yamlToJsonValue,
  type AnyKind,
  type Draft,
  type KubeObject,
} from "@dingi/apimachinery";
import { own } from "@dingi/base";
import type { FieldValidation } from "../negotiation/decode.ts";

export const JSON_PATCH = "application/json-patch+json";
export const MERGE_PATCH = "application/merge-patch+json";
export const STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json";
export const APPLY_YAML = "application/apply-patch+yaml";
export const PATCH_TYPES: readonly string[] = [JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, APPLY_YAML];
const CUSTOM_PATCH_TYPES: readonly string[] = PATCH_TYPES.filter((type) => type !== STRATEGIC_MERGE_PATCH);

/** A strategic merge follows the merge keys of Go's types. */
export const patchTypesOf = ({ custom }: AnyKind): readonly string[] => (custom ? CUSTOM_PATCH_TYPES : PATCH_TYPES);

const MAX_JSON_PATCH_OPERATIONS = 10_000;
/** Values in an applied configuration. Each gets an owner, whose entry takes a dozen bytes of the object at least. */
const MAX_APPLIED = 250_000;

export interface PatchBody {
  readonly value: unknown;
  /** What is unknown or comes twice in the patch itself. */
  readonly strictErrors: readonly string[];
}

/** Throws StatusError 400 for what is no patch of its type. */
export function parsePatch(bytes: Uint8Array, type: string, validation: FieldValidation): PatchBody {
  const body = parseJson(bytes);
  if (type === JSON_PATCH) return parseOperations(body, validation);
  const { value } = body;
  if (type === MERGE_PATCH && value === null) throw newBadRequest("Invalid JSON Patch");
  if (value === null) return { ...body, value: {} };
  if (typeof value === "object" && !Array.isArray(value)) return body;
  const text = cannotUnmarshal(value, "value of type map[string]interface {}");
  throw newBadRequest(type === MERGE_PATCH ? `error decoding patch: ${text}` : text);
}

function parseJson(bytes: Uint8Array): PatchBody {
  try {
    return decodeJson(bytes, { budget: new DecodeBudget() });
  } catch (error) {
    if (error instanceof DecodeError) throw newBadRequest("invalid JSON patch");
    throw error;
  }
}

const OPERATION_FIELDS = { op: "string", path: "string", from: "string", value: "any" };

function parseOperations({ value, strictErrors }: PatchBody, validation: FieldValidation): PatchBody {
  const strict = validation !== "Ignore";
  const unknown = strict ? checkOperations(value) : [];
  if (value === null) return { value: [], strictErrors: [] };
  if (!Array.isArray(value)) throw newBadRequest(cannotUnmarshal(value, "value of type jsonpatch.Patch"));
  if (value.length > MAX_JSON_PATCH_OPERATIONS) {
    const limit = `The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${value.length}`;
    throw newRequestEntityTooLarge(limit);
  }
  return { value, strictErrors: strict ? [...strictErrors, ...unknown].map((text) => `json patch ${text}`) : [] };
}

/** @returns the fields that no operation has */
function checkOperations(value: unknown): string[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw badOperation(value, "value of type []handlers.jsonPatchOp");
  return value.flatMap((operation: unknown, i) => {
    if (operation === null) return [];
    if (typeof operation !== "object" || Array.isArray(operation))
      throw badOperation(operation, "value of type handlers.jsonPatchOp");
    return Object.entries(operation).flatMap(([name, field]) => {
      const type = own(OPERATION_FIELDS, name);
      if (type === undefined) return [`unknown field "[${i}].${name}"`];
      if (type === "string" && typeof field !== "string" && field !== null)
        throw badOperation(field, `struct field jsonPatchOp.${name} of type string`);
      return [];
    });
  });
}

const badOperation = (value: unknown, into: string) =>
  newBadRequest(`error decoding patch: ${cannotUnmarshal(value, into)}`);

const cannotUnmarshal = (value: unknown, into: string) => `json: cannot unmarshal ${jsonType(value)} into Go ${into}`;

function jsonType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value === "bigint" ? "number" : typeof value;
}

/** An apply configuration holds only what its manager wants: no defaults, no fields that Go would add. */
export function parseConfiguration(bytes: Uint8Array): { applied: Draft<KubeObject>; strictErrors: readonly string[] } {
  const { value, strictErrors } = parseYaml(bytes);
  const configuration = value ?? {};
  if (typeof configuration !== "object" || Array.isArray(configuration)) {
    const text = cannotUnmarshal(configuration, "value of type map[string]interface {}");
    throw newBadRequest(`error decoding patch: error unmarshaling JSON: while decoding JSON: ${text}`);
  }
  return { applied: configuration as Draft<KubeObject>, strictErrors };
}

function parseYaml(bytes: Uint8Array): PatchBody {
  try {
    return yamlToJsonValue(bytes, { maxAliases: 100, budget: new DecodeBudget(MAX_APPLIED) });
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw newBadRequest(`error decoding patch: error converting YAML to JSON: ${error.message}`);
  }
}
