import type { ApiHandler, ApiRequest, ApiResponse } from "@dingi/apimachinery";
import type { Clock, Logger } from "@dingi/base";
import type { Authorizer } from "./authorization/authorizer.ts";
import type { RequestMetrics } from "./metrics/request-metrics.ts";
import { authenticate, type AuthenticateOptions } from "./request/authenticate.ts";
import { authorize } from "./request/authorize.ts";
import { Call } from "./request/call.ts";
import { compress } from "./request/compress.ts";
import { deadline } from "./request/deadline.ts";
import { chain, type Next } from "./request/filter.ts";
import { flowControl } from "./request/flow-control.ts";
import { impersonate } from "./request/impersonate.ts";
import type { MaxInFlight } from "./request/max-in-flight.ts";
import { measure } from "./request/measure.ts";
import { receiveBody } from "./request/receive-body.ts";
import { route, type Endpoints } from "./request/route.ts";

interface ApiServerOptions extends AuthenticateOptions, Endpoints {
  readonly clock: Clock;
  /** Upstream's flag --request-timeout. */
  readonly requestTimeoutMs: number;
  readonly authorizer: Authorizer;
  readonly inFlight: MaxInFlight;
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
        measure(options.metrics, options.logger),
        deadline(options.clock, options.requestTimeoutMs),
        authenticate(options),
        impersonate(authorizer),
        receiveBody(),
        flowControl(options.inFlight),
        authorize(authorizer),
        compress,
      ],
      route(options),
    );
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    return await this.#serve(new Call(request));
  }
}
