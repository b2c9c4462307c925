import { StatusError, type ApiResponse } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import { AuditTrail } from "../audit/audit-trail.ts";
import type { AuditPolicy } from "../audit/policy.ts";
import type { AuditSink } from "../audit/sink.ts";
import { attributesOf } from "../authorization/attributes-of.ts";
import type { Call } from "./call.ts";
import type { Filter } from "./filter.ts";
import { isLongRunning } from "./long-running.ts";
import { toStatusError } from "./status-of.ts";

export interface Auditing {
  readonly policy: AuditPolicy;
  readonly sink: AuditSink;
  readonly clock: Clock;
}

const NOBODY = { name: "", groups: [] };

/** Records who asks for what, and what comes of it, as the policy has it. Upstream: apiserver/pkg/endpoints/filters/audit.go */
export function audit(auditing: Auditing): Filter {
  return async (call, next) => {
    const trail = trailOf(call, auditing, call.user);
    if (!trail) return await next(call);
    call.audit = trail;
    trail.stage("RequestReceived");
    try {
      return recorded(call, trail, await next(call));
    } catch (error) {
      const failure = toStatusError(error, call.request);
      trail.failed(failure);
      if (isLongRunning(call)) trail.stage("ResponseStarted", { status: failure.code, error: failure });
      trail.stage("ResponseComplete", { status: failure.code, error: failure });
      throw error;
    }
  };
}

/** Of who could not be authenticated the policy says what is recorded, too. Upstream: …/filters/authn_audit.go */
export function auditUnauthenticated(auditing: Auditing): Filter {
  return async (call, next) => {
    try {
      return await next(call);
    } catch (error) {
      if (error instanceof StatusError && error.code === 401 && call.knownUser === undefined)
        trailOf(call, auditing, undefined)?.stage("ResponseStarted", { status: 401, error });
      throw error;
    }
  };
}

function trailOf(call: Call, auditing: Auditing, user: Call["user"] | undefined): AuditTrail | undefined {
  const { request, info } = call;
  const decision = auditing.policy.decide(attributesOf({ request, info, user: user ?? NOBODY }));
  if (decision.level === "None") return undefined;
  return new AuditTrail(call, user, { ...auditing, decision });
}

/** What streams is complete when its stream has ended. */
function recorded(call: Call, trail: AuditTrail, response: ApiResponse): ApiResponse {
  const answer = { status: response.upgraded ? 101 : response.status };
  const complete = () => trail.stage("ResponseComplete", answer);
  if (!isLongRunning(call)) {
    complete();
    return response;
  }
  trail.stage("ResponseStarted", answer);
  const { body, events } = response;
  if (body && !(body instanceof Uint8Array)) return { ...response, body: thenDo(body, complete) };
  if (events) return { ...response, events: thenDo(events, complete) };
  complete();
  return response;
}

async function* thenDo<T>(source: AsyncIterable<T>, end: () => void): AsyncGenerator<T> {
  try {
    yield* source;
  } finally {
    end();
  }
}
