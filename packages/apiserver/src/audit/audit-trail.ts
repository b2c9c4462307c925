import { encodeJson, type ApiRequest, type StatusError, type UserInfo, type V1Status } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import type { Impersonated } from "../authentication/impersonation/impersonation.ts";
import type { AuditAnnotations } from "../request/audit-annotations.ts";
import type { RequestInfo } from "../routing/request-info.ts";
import { auditedUser, isAtLeast, type AuditedObject, type AuditEvent, type AuditStage } from "./event.ts";
import type { AuditDecision } from "./policy.ts";
import type { AuditSink } from "./sink.ts";

const MAX_USER_AGENT = 1024;

/** The request that is recorded. */
interface AuditedCall {
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly auditId: string;
  readonly annotations: AuditAnnotations;
}

interface AuditTrailOptions {
  readonly clock: Clock;
  readonly sink: AuditSink;
  readonly decision: AuditDecision;
}

/** What is recorded of one request, from stage to stage. Upstream: apiserver/pkg/audit/request.go */
export class AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #call: AuditedCall;
  readonly #user: UserInfo | undefined;
  readonly #receivedMs: number;
  #objectRef: AuditedObject | undefined;
  #impersonated: Impersonated | undefined;
  #requestObject: unknown;
  #responseObject: unknown;
  #success: Partial<V1Status> = {};

  /** `user` is undefined for whoever could not be authenticated. */
  constructor(call: AuditedCall, user: UserInfo | undefined, options: AuditTrailOptions) {
    this.#options = options;
    this.#call = call;
    this.#user = user;
    this.#receivedMs = options.clock.now();
    this.#objectRef = objectOf(call);
  }

  /** Whether the answer's body is wanted. */
  get wantsResponse(): boolean {
    return isAtLeast(this.#options.decision.level, "RequestResponse");
  }

  /** The object that was sent, as it was read. */
  sent(object: object): void {
    const { metadata } = object as { metadata?: AuditedObject & { readonly name?: string } };
    const { namespace, name, uid, resourceVersion } = metadata ?? {};
    this.#objectRef = { ...withoutEmpty({ namespace, name, uid, resourceVersion }), ...this.#objectRef };
    if (isAtLeast(this.#options.decision.level, "Request")) this.#requestObject = this.#recorded(object);
  }

  /** A patch, which is recorded as it was sent. */
  patched(patch: unknown): void {
    if (isAtLeast(this.#options.decision.level, "Request")) this.#requestObject = JSON.parse(encodeJson(patch));
  }

  /** On whose behalf it is done. */
  impersonated(impersonated: Impersonated): void {
    this.#impersonated = impersonated;
  }

  /** What was answered; only where it is wanted. */
  answered(object: unknown): void {
    this.#responseObject = this.#recorded(object);
  }

  /** Where a Status is the answer to what went well. */
  succeeded({ status, details }: Partial<V1Status>): void {
    this.#success = { status, details };
  }

  failed({ status }: StatusError): void {
    if (this.wantsResponse) this.answered(status);
  }

  stage(stage: AuditStage, answer?: { readonly status: number; readonly error?: StatusError | undefined }): void {
    const { decision, sink } = this.#options;
    if (!decision.omitStages.has(stage)) sink.accept(this.#eventAt(stage, answer));
  }

  #eventAt(stage: AuditStage, answer?: { status: number; error?: StatusError | undefined }): AuditEvent {
    const { request, info, annotations } = this.#call;
    const { decision, clock } = this.#options;
    const query = request.query.toString().replaceAll("+", "%20");
    const noted = Object.fromEntries(annotations);
    return {
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      level: decision.level,
      auditID: this.#call.auditId,
      stage,
      requestURI: query === "" ? request.path : `${request.path}?${query}`,
      verb: info.verb,
      user: this.#user ? auditedUser(this.#user) : {},
      impersonatedUser: this.#impersonated && auditedUser(this.#impersonated.user),
      authenticationMetadata: this.#impersonated?.constraint
        ? { impersonationConstraint: this.#impersonated.constraint }
        : undefined,
      sourceIPs: sourcesOf(this.#call),
      userAgent: shortened(request.headers["user-agent"]),
      objectRef: this.#objectRef,
      responseStatus: answer && { ...this.#success, ...statusOf(answer) },
      requestObject: this.#requestObject,
      responseObject: this.#responseObject,
      requestReceivedTimestamp: microTime(this.#receivedMs),
      stageTimestamp: microTime(clock.now()),
      annotations: Object.keys(noted).length > 0 ? noted : undefined,
    };
  }

  /** A copy: what comes later may change the object. */
  #recorded(object: unknown): unknown {
    const copy = JSON.parse(encodeJson(object)) as unknown;
    return this.#options.decision.omitManagedFields ? withoutManagedFields(copy) : copy;
  }
}

function objectOf({ info }: AuditedCall): AuditedObject | undefined {
  if (!info.isResource) return undefined;
  const { resource, namespace, name, group, version, subresource } = info;
  return withoutEmpty({ resource, namespace, name, apiGroup: group, apiVersion: version, subresource });
}

function withoutEmpty(values: Readonly<Record<string, string | undefined>>): AuditedObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ""));
}

/** Upstream: apimachinery/pkg/util/net/http.go#SourceIPs */
function sourcesOf({ request: { headers, peer } }: AuditedCall): string[] | undefined {
  const forwarded = (headers["x-forwarded-for"] ?? "").split(",").map((each) => each.trim());
  const all = [...forwarded, headers["x-real-ip"] ?? "", peer.address].filter((address) => address !== "");
  return all.length > 0 ? [...new Set(all)] : undefined;
}

function shortened(userAgent: string | undefined): string | undefined {
  if (userAgent === undefined || userAgent.length <= MAX_USER_AGENT) return userAgent;
  return `${userAgent.slice(0, MAX_USER_AGENT)}...TRUNCATED`;
}

function statusOf({ status, error }: { status: number; error?: StatusError | undefined }) {
  if (!error) return { metadata: {}, code: status };
  const { message, reason, details, code } = error.status;
  return { metadata: {}, status: "Failure", message, reason, details, code };
}

function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

function withoutManagedFields(value: unknown): unknown {
  const object = value as { metadata?: { managedFields?: unknown }; items?: unknown[]; rows?: { object?: unknown }[] };
  if (typeof object !== "object" || object === null) return value;
  delete object.metadata?.managedFields;
  object.items?.forEach(withoutManagedFields);
  object.rows?.forEach((row) => withoutManagedFields(row.object));
  return object;
}
