import { describeAttributes } from "./authorization/describe.ts";
import {
  newForbidden,
  newInternalError,
  newUnauthorized,
  StatusError,
  type ApiHandler,
  type ApiRequest,
  type ApiResponse,
  type UserInfo,
} from "@dingi/apimachinery";
import { describeError, type Logger } from "@dingi/base";
import type { Authenticator } from "./authentication/authenticator.ts";
import { Impersonation } from "./authentication/impersonation/impersonation.ts";
import { wantedUser } from "./authentication/impersonation/wanted-user.ts";
import type { AuthorizationAttributes, Authorizer } from "./authorization/authorizer.ts";
import type { ResourceRouter } from "./endpoints/resource-router.ts";
import type { MaxInFlight } from "./filters/max-in-flight.ts";
import { compress } from "./negotiation/compress.ts";
import { respondError, respondText } from "./negotiation/respond.ts";
import type { NonResourceRouter } from "./routing/non-resource-router.ts";
import { parseRequestInfo, type RequestInfo } from "./routing/request-info.ts";
import type { RequestMetrics } from "./metrics/request-metrics.ts";

export interface ApiServerOptions {
  readonly authenticators: readonly Authenticator[];
  /** Whether requests without credentials become system:anonymous; otherwise they are refused. */
  readonly anonymous: boolean;
  readonly authorizer: Authorizer;
  readonly inFlight: MaxInFlight;
  readonly resources: ResourceRouter;
  readonly nonResources: NonResourceRouter;
  readonly metrics: RequestMetrics;
  readonly logger: Logger;
}

/** Verbs whose answers may be large and come whole; of others, a stream must not wait for its next piece. */
const COMPRESSED: ReadonlySet<string> = new Set(["get", "list"]);

interface AuthenticatedCall {
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly user: UserInfo;
  readonly warnings: string[];
}

const ANONYMOUS: UserInfo = { name: "system:anonymous", groups: ["system:unauthenticated"] };

/** Every request's way: who is it, are there too many, may they, and then to the endpoint. */
export class ApiServer implements ApiHandler {
  readonly #options: ApiServerOptions;
  readonly #impersonation: Impersonation;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#impersonation = new Impersonation(options.authorizer);
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    const warnings: string[] = [];
    let info: RequestInfo | undefined;
    using measured = this.#options.metrics.begin(request);
    try {
      info = parseInfo(request);
      measured.describe(info);
      const response = await this.#serve(request, info, warnings);
      measured.end(response.status);
      return response;
    } catch (error) {
      const failure = toStatusError(error, request);
      if (failure.code >= 500 && !(error instanceof StatusError)) {
        this.#options.logger.error("Request failed", { method: request.method, path: request.path, error });
      }
      measured.end(failure.code);
      return respondError(request, failure, warnings);
    }
  }

  async #serve(request: ApiRequest, info: RequestInfo, warnings: string[]): Promise<ApiResponse> {
    const authenticated = await this.#authenticate(request);
    const wanted = wantedUser(request.headers);
    const user = wanted
      ? await this.#impersonation.become(wanted, attributesOf(authenticated, info, request.query))
      : authenticated;
    // Components in this process are few, and would only ask again.
    if (request.peer.capability) return await this.#answer({ request, info, user, warnings });
    const place = this.#options.inFlight.enter(info, user);
    if (!place) return tooManyRequests();
    try {
      return await this.#answer({ request, info, user, warnings });
    } finally {
      place.leave();
    }
  }

  async #answer({ request, info, user, warnings }: AuthenticatedCall): Promise<ApiResponse> {
    await this.#authorize(user, info, request);
    if (!info.isResource) return await this.#options.nonResources.route(request, info, user);
    const response = await this.#options.resources.route({ request, info, user, warnings });
    return COMPRESSED.has(info.verb) && info.subresource === "" ? await compress(request, response) : response;
  }

  /** Good credentials are enough, also beside bad ones; without any good ones, bad ones are refused. */
  async #authenticate(request: ApiRequest): Promise<UserInfo> {
    let failure: unknown;
    for (const authenticator of this.#options.authenticators) {
      try {
        const user = await authenticator.authenticate(request);
        if (user) return user;
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    if (this.#options.anonymous) return ANONYMOUS;
    throw newUnauthorized();
  }

  async #authorize(user: UserInfo, info: RequestInfo, request: ApiRequest): Promise<void> {
    const attributes = attributesOf(user, info, request.query);
    const { decision, reason } = await this.#options.authorizer.authorize(attributes);
    if (decision === "allow") return;
    const resource = { group: attributes.group, resource: attributes.resource };
    throw newForbidden(resource, attributes.name, describeAttributes(attributes, reason));
  }
}

/** Upstream: apiserver/pkg/server/filters/priority-and-fairness.go#tooManyRequests, in plain text and no Status */
function tooManyRequests(): ApiResponse {
  return respondText(429, "Too many requests, please try again later.\n", { "retry-after": "1" });
}

function parseInfo(request: ApiRequest): RequestInfo {
  try {
    return parseRequestInfo(request.method, request.path, request.query);
  } catch (error) {
    throw StatusError.make(400, "BadRequest", `The request's path is not valid: ${describeError(error)}`);
  }
}

export function attributesOf(user: UserInfo, info: RequestInfo, query: URLSearchParams): AuthorizationAttributes {
  const none = { group: "", version: "", resource: "", subresource: "", namespace: "", name: "" };
  if (!info.isResource) return { user, verb: info.verb, isResource: false, path: info.path, ...none };
  const { group, version, resource, subresource, namespace, name, verb, path } = info;
  const fieldSelector = query.get("fieldSelector");
  const labelSelector = query.get("labelSelector");
  return {
    user,
    verb,
    isResource: true,
    path,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    ...(fieldSelector ? { fieldSelector } : {}),
    ...(labelSelector ? { labelSelector } : {}),
  };
}

function toStatusError(error: unknown, request: ApiRequest): StatusError {
  if (error instanceof StatusError) return error;
  if (request.signal.aborted)
    return StatusError.make(499, "Timeout", "The client went away before the request was answered");
  return newInternalError(describeError(error));
}
