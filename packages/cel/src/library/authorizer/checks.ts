import type { CelType } from "../../check/type.ts";
import { structOf } from "../../check/type.ts";
import type { CelError } from "../../value/error.ts";
import { NO_SUCH_OVERLOAD } from "../../value/error.ts";
import { Opaque } from "../../value/value.ts";

/** What an expression asks whether someone may do. */
export interface AuthorizationQuestion {
  readonly verb: string;
  /** Undefined for the user of the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string } | undefined;
  /** Set for what is no resource. */
  readonly path?: string;
  readonly resource?: ResourceQuestion;
}

export interface ResourceQuestion {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export interface AuthorizationAnswer {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error?: string;
}

/** Whoever decides. Asked while an expression runs, so that it must know at once. */
export type DecideAuthorization = (question: AuthorizationQuestion) => AuthorizationAnswer;

type Asker = Pick<AuthorizationQuestion, "serviceAccount"> & { readonly decide: DecideAuthorization };

/** No two are equal but one and itself, which never comes to be asked. */
abstract class Check extends Opaque {
  abstract override readonly type: CelType;

  equals(): CelError {
    return NO_SUCH_OVERLOAD;
  }
}

export const AUTHORIZER_TYPE = structOf("kubernetes.authorization.Authorizer");
export const PATH_CHECK_TYPE = structOf("kubernetes.authorization.PathCheck");
export const GROUP_CHECK_TYPE = structOf("kubernetes.authorization.GroupCheck");
export const RESOURCE_CHECK_TYPE = structOf("kubernetes.authorization.ResourceCheck");
export const DECISION_TYPE = structOf("kubernetes.authorization.Decision");

/** The variable `authorizer`. */
export class AuthorizerValue extends Check {
  readonly type = AUTHORIZER_TYPE;
  readonly asker: Asker;

  constructor(asker: Asker) {
    super();
    this.asker = asker;
  }
}

export class PathCheck extends Check {
  readonly type = PATH_CHECK_TYPE;
  readonly asker: Asker;
  readonly path: string;

  constructor(asker: Asker, path: string) {
    super();
    this.asker = asker;
    this.path = path;
  }
}

export class GroupCheck extends Check {
  readonly type = GROUP_CHECK_TYPE;
  readonly asker: Asker;
  readonly group: string;

  constructor(asker: Asker, group: string) {
    super();
    this.asker = asker;
    this.group = group;
  }
}

/** Also the variable `authorizer.requestResource`. */
export class ResourceCheck extends Check {
  readonly type = RESOURCE_CHECK_TYPE;
  readonly asker: Asker;
  readonly resource: ResourceQuestion;

  constructor(asker: Asker, resource: ResourceQuestion) {
    super();
    this.asker = asker;
    this.resource = resource;
  }

  with(more: Partial<ResourceQuestion>): ResourceCheck {
    return new ResourceCheck(this.asker, { ...this.resource, ...more });
  }
}

export class Decision extends Check {
  readonly type = DECISION_TYPE;
  readonly answer: AuthorizationAnswer;

  constructor(answer: AuthorizationAnswer) {
    super();
    this.answer = answer;
  }
}
