import {
  fieldErrorText,
  inVersion,
  newUnclassifiedError,
  newBadRequest,
  newInvalid,
  parseFieldSelector,
  parseLabelSelector,
  type AnyKind,
  type FieldError,
  type FieldSelector,
  type Selector,
} from "@dingi/apimachinery";
import { forbidden, invalid, notSupported } from "@dingi/apimachinery";
import type { Revision } from "@dingi/store";
import type { ResourceCall } from "./endpoint.ts";
import { isTrue } from "../routing/request-info.ts";

/** The query of a list, watch or deletecollection. Upstream: apimachinery/pkg/apis/meta/v1/types.go#ListOptions */
export interface ListOptions {
  readonly labels: Selector | undefined;
  readonly fields: FieldSelector | undefined;
  /** Undefined: not given. 0: any revision will do. */
  readonly resourceVersion: Revision | undefined;
  readonly resourceVersionMatch: "Exact" | "NotOlderThan" | undefined;
  readonly limit: number;
  readonly continueToken: string;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowWatchBookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

/** Throws StatusError 400 or 422. */
export function parseListOptions({ kind, info, request: { query } }: ResourceCall, watch: boolean): ListOptions {
  const match = query.get("resourceVersionMatch") ?? "";
  const options: ListOptions = {
    labels: parseLabels(query.get("labelSelector")),
    fields: parseFields(kind, info.apiVersion, query.get("fieldSelector")),
    resourceVersion: parseResourceVersion(query.get("resourceVersion"), watch),
    resourceVersionMatch: match === "" ? undefined : (match as "Exact" | "NotOlderThan"),
    limit: parseInteger(query, "limit") ?? 0,
    continueToken: query.get("continue") ?? "",
    sendInitialEvents: query.has("sendInitialEvents") ? isTrue(query.get("sendInitialEvents")) : undefined,
    allowWatchBookmarks: isTrue(query.get("allowWatchBookmarks")),
    timeoutSeconds: parseInteger(query, "timeoutSeconds"),
  };
  const errors = watch ? validateWatch(options) : validateList(options);
  if (errors.length > 0) throw newInvalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
  return options;
}

function parseLabels(text: string | null): Selector | undefined {
  if (!text) return undefined;
  try {
    return parseLabelSelector(text);
  } catch (error) {
    throw newBadRequest(error instanceof Error ? error.message : String(error));
  }
}

function parseFields(kind: AnyKind, apiVersion: string, text: string | null): FieldSelector | undefined {
  if (!text) return undefined;
  const selector = parseFields400(text);
  const { fields } = inVersion(kind, apiVersion);
  for (const { field } of selector.requirements) {
    if (isSelectable(kind, fields, field)) continue;
    throw newBadRequest(fields.unknown?.(field) ?? unknownFieldText(fields, field));
  }
  return selector;
}

/** A kind that names fields of its own is asked for its namespace only where it has one. */
function isSelectable({ scope }: AnyKind, fields: AnyKind["fields"], field: string): boolean {
  if (field !== "metadata.namespace") return field === "metadata.name" || fields.names.includes(field);
  return fields.names.length === 0 || (scope === "Namespaced" && !fields.withoutNamespace);
}

function unknownFieldText(fields: AnyKind["fields"], field: string): string {
  if (fields.names.length > 0) return `field label not supported: ${field}`;
  return `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

function parseFields400(text: string): FieldSelector {
  try {
    return parseFieldSelector(text);
  } catch (error) {
    throw newBadRequest(error instanceof Error ? error.message : String(error));
  }
}

const MAX_UINT64 = 2n ** 64n - 1n;

/** Upstream: apiserver/pkg/storage/api_object_versioner.go#ParseResourceVersion */
export function parseResourceVersion(text: string | null, isWatch = false): Revision | undefined {
  if (text === null || text === "") return undefined;
  const isNumber = /^\d+$/.test(text);
  if (isNumber && BigInt(text) <= MAX_UINT64) return Number(text);
  const wrong = `strconv.ParseUint: parsing ${JSON.stringify(text)}: ${isNumber ? "value out of range" : "invalid syntax"}`;
  const error = fieldErrorText(invalid("resourceVersion", text, wrong));
  throw isWatch ? newUnclassifiedError(error) : newBadRequest(`invalid resource version: ${error}`);
}

function parseInteger(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^-?\d+$/.test(text)) throw newBadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

const MATCHES = ["Exact", "NotOlderThan", ""];

function validateMatch(options: ListOptions): FieldError[] {
  const { resourceVersionMatch: match, resourceVersion } = options;
  if (match === undefined) return [];
  if (!MATCHES.includes(match)) return [notSupported("resourceVersionMatch", match, MATCHES)];
  const errors: FieldError[] = [];
  if (resourceVersion === undefined)
    errors.push(
      forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"),
    );
  if (options.continueToken !== "")
    errors.push(forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
  if (match === "Exact" && resourceVersion === 0) {
    errors.push(forbidden("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  return errors;
}

/** Upstream: apimachinery/pkg/apis/meta/internalversion/validation/validation.go#ValidateListOptions */
function validateList(options: ListOptions): FieldError[] {
  const errors = validateMatch(options);
  if (options.sendInitialEvents !== undefined)
    errors.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  return errors;
}

/** Upstream: …/validation.go#validateWatchOptions */
function validateWatch({ resourceVersionMatch: match, sendInitialEvents, continueToken }: ListOptions): FieldError[] {
  const forbids = (detail: string): FieldError => forbidden("resourceVersionMatch", detail);
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== "NotOlderThan")
    errors.push(forbids("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  if (match === undefined) return errors;
  if (sendInitialEvents === undefined)
    errors.push(forbids("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
  if (match !== "NotOlderThan") errors.push(notSupported("resourceVersionMatch", match, ["NotOlderThan"]));
  if (continueToken !== "") errors.push(forbids("resourceVersionMatch is forbidden when continue is provided"));
  return errors;
}
