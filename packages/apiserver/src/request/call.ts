import type { ApiRequest, UserInfo } from "@dingi/apimachinery";
import { invariant } from "@dingi/base";
import type { AuditTrail } from "../audit/audit-trail.ts";
import { AuditAnnotations } from "./audit-annotations.ts";
import type { RequestInfo } from "../routing/request-info.ts";

/** One request on its way, and what is found out about it as it passes the filters. */
export class Call {
  readonly request: ApiRequest;
  /** By which it is found in the audit log; its answer's header says it. */
  readonly auditId: string;
  /** For the Warning headers of the answer. */
  readonly warnings: string[] = [];
  readonly annotations = new AuditAnnotations();
  /** Present when the policy has it recorded. */
  audit: AuditTrail | undefined;
  /** By the monotonic clock, until when it is answered; undefined for what lasts as long as its client wants. */
  deadlineMs: number | undefined;
  /** By which flow schema and priority level it was let in or sent away. */
  placedBy: { readonly schemaUid: string; readonly levelUid: string } | undefined;
  #info: RequestInfo | undefined;
  #user: UserInfo | undefined;

  constructor(request: ApiRequest, auditId: string) {
    this.request = request;
    this.auditId = auditId;
  }

  /** What is asked for; known once the path is read. */
  get info(): RequestInfo {
    invariant(this.#info, "A request's path is read before anybody asks what it is for");
    return this.#info;
  }

  set info(info: RequestInfo) {
    this.#info = info;
  }

  /** Who asks; known once the request is authenticated, and another one's once it is impersonated. */
  get user(): UserInfo {
    invariant(this.#user, "A request is authenticated before anybody asks whose it is");
    return this.#user;
  }

  /** The same, before it is known as well. */
  get knownUser(): UserInfo | undefined {
    return this.#user;
  }

  set user(user: UserInfo) {
    this.#user = user;
  }
}
