import type { V1Status, V1StatusCause, V1StatusDetails } from "../meta/meta.gen.ts";
import { fieldErrorBody, MAX_FIELD_ERRORS, type FieldError } from "./field-error.ts";

/** Upstream: apimachinery/pkg/apis/meta/v1/types.go#StatusReason */
export type StatusReason =
  | ""
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "AlreadyExists"
  | "Conflict"
  | "Gone"
  | "Invalid"
  | "ServerTimeout"
  | "StoreReadError"
  | "Timeout"
  | "TooManyRequests"
  | "BadRequest"
  | "MethodNotAllowed"
  | "NotAcceptable"
  | "RequestEntityTooLarge"
  | "UnsupportedMediaType"
  | "InternalError"
  | "Expired"
  | "ServiceUnavailable"
  | "UnknownError";

/** Group and plural, as error messages name a resource: `pods`, `deployments.apps`. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

const qualified = (group: string, name: string): string => (group === "" ? name : `${name}.${group}`);

/** A failure with the Status object that goes over the wire. Upstream: apimachinery/pkg/api/errors/errors.go */
export class StatusError extends Error {
  override name = "StatusError";
  readonly status: V1Status;

  constructor(status: V1Status, options?: ErrorOptions) {
    super(status.message ?? "", options);
    this.status = status;
  }

  get code(): number {
    return this.status.code ?? 500;
  }

  get reason(): StatusReason {
    return (this.status.reason ?? "") as StatusReason;
  }

  static make(code: number, reason: StatusReason, message: string, details?: V1StatusDetails): StatusError {
    return new StatusError({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      ...(reason === "" ? {} : { reason }),
      ...(details ? { details } : {}),
      code,
    });
  }
}

const at = (resource: GroupResource, name: string): V1StatusDetails => ({
  ...(name === "" ? {} : { name }),
  ...(resource.group === "" ? {} : { group: resource.group }),
  ...(resource.resource === "" ? {} : { kind: resource.resource }),
});

const named = (resource: GroupResource, name: string): string =>
  `${qualified(resource.group, resource.resource)} ${JSON.stringify(name)}`;

export const newNotFound = (resource: GroupResource, name: string): StatusError =>
  StatusError.make(404, "NotFound", `${named(resource, name)} not found`, at(resource, name));

export const newAlreadyExists = (resource: GroupResource, name: string): StatusError =>
  StatusError.make(409, "AlreadyExists", `${named(resource, name)} already exists`, at(resource, name));

export const newUnauthorized = (message = "Unauthorized"): StatusError =>
  StatusError.make(401, "Unauthorized", message);

export function newForbidden(resource: GroupResource, name: string, cause: string): StatusError {
  const what =
    resource.resource === ""
      ? "forbidden"
      : name === ""
        ? `${qualified(resource.group, resource.resource)} is forbidden`
        : `${named(resource, name)} is forbidden`;
  return StatusError.make(403, "Forbidden", `${what}: ${cause}`, at(resource, name));
}

export const newConflict = (resource: GroupResource, name: string, cause: string): StatusError =>
  StatusError.make(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${named(resource, name)}: ${cause}`,
    at(resource, name),
  );

/** The conflict of an optimistic update: the message that clients know. */
export const newModified = (resource: GroupResource, name: string): StatusError =>
  newConflict(
    resource,
    name,
    "the object has been modified; please apply your changes to the latest version and try again",
  );

/** Conflicts of field managers. Upstream: apimachinery/pkg/api/errors/errors.go#NewApplyConflict */
export const newApplyConflict = (causes: readonly V1StatusCause[], message: string): StatusError =>
  StatusError.make(409, "Conflict", message, { causes });

export const newExpired = (message: string): StatusError => StatusError.make(410, "Expired", message);

/** What is wrong with an object. */
export function newInvalid(kind: GroupKind, name: string, errors: readonly FieldError[]): StatusError {
  const { causes, texts } = tell(errors);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const shown = shorten(name);
  return StatusError.make(
    422,
    "Invalid",
    `${qualified(kind.group, kind.kind)} ${JSON.stringify(shown)} is invalid: ${list}`,
    {
      ...(name === "" ? {} : { name: shown }),
      ...(kind.group === "" ? {} : { group: kind.group }),
      ...(kind.kind === "" ? {} : { kind: kind.kind }),
      causes,
    },
  );
}

/** Of all errors together. Differs: upstream tells all, in 165 MB if there is that much to tell. */
export const MAX_TOLD_LENGTH = 256 * 1024;
/** Of an object's name, and of the path to a field. */
const MAX_NAME_LENGTH = 16 * 1024;

const shorten = (name: string): string =>
  name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH).toWellFormed()}...` : name;

/** The same error found twice is told once. */
function tell(errors: readonly FieldError[]): { readonly causes: V1StatusCause[]; readonly texts: string[] } {
  const told = new Map<string, V1StatusCause>();
  let isWhole = errors.length < MAX_FIELD_ERRORS;
  let length = 0;
  for (const error of errors) {
    const message = fieldErrorBody(error);
    const field = shorten(error.field);
    const text = `${field}: ${message}`;
    length += text.length;
    if (length > MAX_TOLD_LENGTH && told.size > 0) {
      isWhole = false;
      break;
    }
    told.set(text, { reason: error.type, message, field });
  }
  const texts = [...told.keys()];
  return { causes: [...told.values()], texts: isWhole ? texts : [...texts, "and more errors, which are not listed"] };
}

export const newBadRequest = (message: string): StatusError => StatusError.make(400, "BadRequest", message);

/** Without a time to try again when that is zero. */
export const newTooManyRequests = (message: string, retryAfterSeconds: number): StatusError =>
  StatusError.make(429, "TooManyRequests", message, retryAfterSeconds > 0 ? { retryAfterSeconds } : {});

export const newServiceUnavailable = (message: string): StatusError =>
  StatusError.make(503, "ServiceUnavailable", message);

export const newMethodNotSupported = (resource: GroupResource, action: string): StatusError =>
  StatusError.make(
    405,
    "MethodNotAllowed",
    `${action} is not supported on resources of kind ${JSON.stringify(qualified(resource.group, resource.resource))}`,
    at(resource, ""),
  );

/** A failure that upstream does not put into a class of its own. */
export const newUnclassifiedError = (message: string): StatusError =>
  new StatusError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code: 500 });

export const newInternalError = (message: string): StatusError =>
  StatusError.make(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });

export const newServerTimeout = (resource: GroupResource, operation: string, retryAfterSeconds: number): StatusError =>
  StatusError.make(
    500,
    "ServerTimeout",
    `The ${operation} operation against ${qualified(resource.group, resource.resource)} could not be completed at this time, please try again.`,
    { ...at(resource, ""), name: operation, retryAfterSeconds },
  );

export const newTooLargeResourceVersion = (
  minimum: number | bigint,
  current: number,
  retryAfterSeconds: number,
): StatusError => {
  const message = `Too large resource version: ${minimum}, current: ${current}`;
  return StatusError.make(504, "Timeout", `Timeout: ${message}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds,
  });
};

export const newRequestEntityTooLarge = (message: string): StatusError =>
  StatusError.make(413, "RequestEntityTooLarge", `Request entity too large: ${message}`);

export const newNotAcceptable = (accepted: readonly string[]): StatusError =>
  StatusError.make(406, "NotAcceptable", `only the following media types are accepted: ${accepted.join(", ")}`);

export const newUnsupportedMediaType = (accepted: readonly string[]): StatusError =>
  StatusError.make(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );

const hasReason =
  (reason: StatusReason, code: number) =>
  (error: unknown): error is StatusError =>
    error instanceof StatusError && (error.reason === reason || (error.reason === "" && error.code === code));

export const isNotFound = hasReason("NotFound", 404);
export const isAlreadyExists = hasReason("AlreadyExists", -1);
export const isConflict = hasReason("Conflict", -1);
export const isForbidden = hasReason("Forbidden", 403);
export function isTooLargeResourceVersion(error: unknown): error is StatusError {
  const causes = (error instanceof StatusError && error.status.details?.causes) || [];
  return causes.some(({ reason }) => reason === "ResourceVersionTooLarge");
}

export const isMethodNotAllowed = hasReason("MethodNotAllowed", 405);

/** For `catch` around a read or a deletion: what is not there is undefined. */
export function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}

/** For `catch` around a creation that somebody else may have been faster with. */
export function ignoreAlreadyExists(error: unknown): undefined {
  if (!isAlreadyExists(error)) throw error;
  return undefined;
}

/** For `catch` around a write whose precondition is the UID: the object is gone, or another has its name now. */
export function ignoreGone(error: unknown): undefined {
  if (!isNotFound(error) && !isConflict(error)) throw error;
  return undefined;
}

/** The requested history is gone: the reader has to list again. */
export function isExpired(error: unknown): error is StatusError {
  return error instanceof StatusError && (error.reason === "Expired" || error.reason === "Gone");
}

/** The namespace is being deleted, so nothing new may be made in it. */
export function isNamespaceTerminating(error: unknown): error is StatusError {
  return (
    isForbidden(error) && (error.status.details?.causes ?? []).some((cause) => cause.reason === "NamespaceTerminating")
  );
}
