import type { ApiHandler, ApiRequest, ApiResponse, ServedKinds } from "@dingi/apimachinery";
import type { Clock, Logger, Random } from "@dingi/base";
import type { Authorizer } from "./authorization/authorizer.ts";
import type { RequestMetrics } from "./metrics/request-metrics.ts";
import { authenticate, type AuthenticateOptions } from "./request/authenticate.ts";
import { authorize } from "./request/authorize.ts";
import { audit, auditUnauthenticated, type Auditing } from "./request/audit.ts";
import { Call } from "./request/call.ts";
import { compress } from "./request/compress.ts";
import { deadline } from "./request/deadline.ts";
import { chain, type Filter, type Next } from "./request/filter.ts";
import { impersonate } from "./request/impersonate.ts";
import { measure } from "./request/measure.ts";
import { showPlace } from "./request/priority-and-fairness.ts";
import { receiveBody } from "./request/receive-body.ts";
import { recordAnswer } from "./request/record-answer.ts";
import { route, type Endpoints } from "./request/route.ts";

interface ApiServerOptions extends AuthenticateOptions, Endpoints {
  readonly clock: Clock;
  readonly random: Random;
  /** Upstream's flag --request-timeout. */
  readonly requestTimeoutMs: number;
  readonly authorizer: Authorizer;
  /** Who is let in, and when. */
  readonly flowControl: Filter;
  readonly metrics: RequestMetrics;
  readonly logger: Logger;
  readonly kinds: ServedKinds;
  /** Nothing is recorded when absent. */
  readonly auditing: Auditing | undefined;
}

/** Every request's way, from the network and from this process. */
export class ApiServer implements ApiHandler {
  readonly #serve: Next;
  readonly #random: Random;

  constructor(options: ApiServerOptions) {
    const { authorizer, auditing } = options;
    this.#random = options.random;
    this.#serve = chain(
      [
        showPlace,
        measure(options.metrics, options.logger),
        deadline(options.clock, options.requestTimeoutMs),
        ...(auditing ? [auditUnauthenticated(auditing)] : []),
        authenticate(options),
        ...(auditing ? [audit(auditing)] : []),
        impersonate(authorizer),
        receiveBody(),
        options.flowControl,
        authorize(authorizer),
        compress,
        ...(auditing ? [recordAnswer(options.kinds)] : []),
      ],
      route(options),
    );
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    return await this.#serve(new Call(request, auditIdOf(request, this.#random)));
  }
}

/** Others cannot be sent back as they are, or are no identifiers; upstream takes any. */
const AUDIT_ID = /^[\x21-\x7e]{1,64}$/;

/** As the client has it, such as a proxy that passes on a request. Upstream: apiserver/pkg/endpoints/filters/audit_init.go */
function auditIdOf({ headers }: ApiRequest, random: Random): string {
  const given = headers["audit-id"];
  return given !== undefined && AUDIT_ID.test(given) ? given : random.uuid();
}
