import type { V1SelfSubjectAccessReview, V1SelfSubjectRulesReview, V1SubjectAccessReview } from "@dingi/api";
import {
  invalid,
  newBadRequest,
  newInvalid,
  type ApiResponse,
  type UserInfo,
  type KubeObject,
} from "@dingi/apimachinery";
import type { AuthorizationAttributes, Authorizer } from "../authorization/authorizer.ts";
import type { RbacAuthorizer } from "../authorization/rbac/rbac-authorizer.ts";
import type { ReviewCall, ReviewHandler } from "../endpoints/action.ts";
import { decodeBody } from "../negotiation/decode.ts";
import { respondObject } from "../negotiation/respond.ts";

type AccessSpec = Pick<V1SelfSubjectAccessReview["spec"], "resourceAttributes" | "nonResourceAttributes">;

/** May somebody do something? Upstream: pkg/registry/authorization */
export class AccessReviewHandler implements ReviewHandler {
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  async handle(call: ReviewCall): Promise<ApiResponse> {
    const { review, info } = call;
    const body = await decodeReview<V1SubjectAccessReview>(call);
    const self = review.kind === "SelfSubjectAccessReview";
    validate(body, review.kind, self);
    const namespace = body.spec.resourceAttributes?.namespace ?? "";
    if (review.kind === "LocalSubjectAccessReview" && namespace !== info.namespace) {
      throw newBadRequest(`spec.resourceAttributes.namespace must match namespace: ${info.namespace}`);
    }
    const user = self ? call.user : userOf(body);
    const { decision, reason } = await this.#authorizer.authorize(attributesFrom(user, body.spec));
    const status = {
      allowed: decision === "allow",
      ...(decision === "deny" ? { denied: true } : {}),
      ...(reason === "" ? {} : { reason }),
    };
    return answer(call, { ...body, status });
  }
}

/** All that the caller may do in a namespace. */
export class RulesReviewHandler implements ReviewHandler {
  readonly #rbac: RbacAuthorizer;

  constructor(rbac: RbacAuthorizer) {
    this.#rbac = rbac;
  }

  async handle(call: ReviewCall): Promise<ApiResponse> {
    const body = await decodeReview<V1SelfSubjectRulesReview>(call);
    const namespace = body.spec.namespace ?? "";
    if (namespace === "") throw newBadRequest("no namespace on request");
    const rules = this.#rbac.rulesFor(call.user, namespace).map(({ rule }) => rule);
    const resourceRules = rules
      .filter((rule) => (rule.resources ?? []).length > 0)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, resourceNames }));
    const nonResourceRules = rules
      .filter((rule) => (rule.nonResourceURLs ?? []).length > 0)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
    return answer(call, { ...body, status: { resourceRules, nonResourceRules, incomplete: false } });
  }
}

export async function decodeReview<T extends KubeObject>(call: ReviewCall): Promise<T> {
  const { review, request, warnings } = call;
  const expected = { apiVersion: review.apiVersion, kind: review.kind, schema: review.schema };
  const body = await decodeBody(request, expected, { fieldValidation: "Warn", warn: (text) => warnings.push(text) });
  review.defaults?.(body);
  return body as unknown as T;
}

export function answer(call: ReviewCall, object: object): ApiResponse {
  const { review, request, warnings } = call;
  const typed = { ...object, kind: review.kind, apiVersion: review.apiVersion };
  return respondObject(request, { object: typed, schema: review.schema, status: 201, warnings });
}

function validate(body: V1SubjectAccessReview, kind: string, self: boolean): void {
  const { resourceAttributes, nonResourceAttributes, user = "", groups = [] } = body.spec;
  const errors = [];
  if (resourceAttributes && nonResourceAttributes) {
    errors.push(
      invalid(
        "spec.nonResourceAttributes",
        nonResourceAttributes,
        "cannot be specified in combination with resourceAttributes",
      ),
    );
  }
  if (!resourceAttributes && !nonResourceAttributes) {
    errors.push(
      invalid(
        "spec.resourceAttributes",
        null,
        "exactly one of nonResourceAttributes or resourceAttributes must be specified",
      ),
    );
  }
  if (!self && user === "" && groups.length === 0)
    errors.push(invalid("spec.user", user, "at least one of user or group must be specified"));
  if (errors.length > 0) throw newInvalid({ group: "authorization.k8s.io", kind }, body.metadata.name ?? "", errors);
}

function userOf({ spec }: V1SubjectAccessReview): UserInfo {
  return {
    name: spec.user ?? "",
    groups: spec.groups ?? [],
    ...(spec.uid ? { uid: spec.uid } : {}),
    ...(spec.extra ? { extra: spec.extra } : {}),
  };
}

function attributesFrom(user: UserInfo, spec: AccessSpec): AuthorizationAttributes {
  const none = { group: "", version: "", resource: "", subresource: "", namespace: "", name: "", path: "" };
  const { resourceAttributes: resource, nonResourceAttributes: nonResource } = spec;
  if (!resource)
    return { ...none, user, isResource: false, verb: nonResource?.verb ?? "", path: nonResource?.path ?? "" };
  return {
    ...none,
    user,
    isResource: true,
    verb: resource.verb ?? "",
    group: resource.group ?? "",
    version: resource.version ?? "",
    resource: resource.resource ?? "",
    subresource: resource.subresource ?? "",
    namespace: resource.namespace ?? "",
    name: resource.name ?? "",
  };
}
