import type { ApiHandler, ApiRequest, ApiResponse } from "@dingi/apimachinery";
import type { Clock, Logger } from "@dingi/base";
import type { Authorizer } from "./authorization/authorizer.ts";
import type { ResourceRouter } from "./endpoints/resource-router.ts";
import type { RequestMetrics } from "./metrics/request-metrics.ts";
import { authenticate, type AuthenticateOptions } from "./request/authenticate.ts";
import { authorize } from "./request/authorize.ts";
import { Call } from "./request/call.ts";
import { compress } from "./request/compress.ts";
import { deadline } from "./request/deadline.ts";
import { chain, type Filter, type Next } from "./request/filter.ts";
import { impersonate } from "./request/impersonate.ts";
import { measure } from "./request/measure.ts";
import { showPlace } from "./request/priority-and-fairness.ts";
import { receiveBody } from "./request/receive-body.ts";
import { route } from "./request/route.ts";
import type { NonResourceRouter } from "./routing/non-resource-router.ts";

interface ApiServerOptions extends AuthenticateOptions {
  readonly clock: Clock;
  /** Upstream's flag --request-timeout. */
  readonly requestTimeoutMs: number;
  readonly authorizer: Authorizer;
  /** Who is let in, and when. */
  readonly flowControl: Filter;
  readonly resources: ResourceRouter;
  readonly nonResources: NonResourceRouter;
  readonly metrics: RequestMetrics;
  readonly logger: Logger;
}

/** Every request's way, from the network and from this process. */
export class ApiServer implements ApiHandler {
  readonly #serve: Next;

  constructor(options: ApiServerOptions) {
    const { authorizer } = options;
    this.#serve = chain(
      [
        showPlace,
        measure(options.metrics, options.logger),
        deadline(options.clock, options.requestTimeoutMs),
        authenticate(options),
        impersonate(authorizer),
        receiveBody(),
        options.flowControl,
        authorize(authorizer),
        compress,
      ],
      route(options.resources, options.nonResources),
    );
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    return await this.#serve(new Call(request));
  }
}
