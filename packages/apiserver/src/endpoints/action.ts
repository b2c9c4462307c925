import type {
  ActionSubresource,
  AnyKind,
  ApiRequest,
  ApiResponse,
  ReviewDefinition,
  UserInfo,
} from "@dingi/apimachinery";
import type { AuditTrail } from "../audit/audit-trail.ts";
import type { AuditAnnotations } from "../request/audit-annotations.ts";
import type { ResourceRequest } from "../routing/request-info.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";

/** Something done to an object: binding, eviction, log, exec. */
export interface ActionHandler {
  /** Methods besides those that the resource's verbs stand for, such as OPTIONS of proxied requests. */
  readonly otherMethods?: readonly string[];
  /** The media types of its answers; those of objects when absent. */
  readonly produces?: readonly string[];
  handle(call: ActionCall, services: EndpointServices): Promise<ApiResponse>;
}

export interface ActionCall extends ResourceCall {
  readonly subresource: ActionSubresource;
}

/** One created review, answered and never stored. */
export interface ReviewCall {
  readonly request: ApiRequest;
  readonly info: ResourceRequest;
  readonly user: UserInfo;
  readonly review: ReviewDefinition;
  readonly warnings: string[];
  readonly annotations: AuditAnnotations;
  readonly audit: AuditTrail | undefined;
  readonly deadlineMs: number | undefined;
}

export interface ReviewHandler {
  handle(call: ReviewCall, services: EndpointServices): Promise<ApiResponse>;
}

/** "pods/exec": how actions are looked up. */
export function actionName(kind: AnyKind, subresource: string): string {
  return `${kind.plural}${kind.group === "" ? "" : `.${kind.group}`}/${subresource}`;
}
