import type { V1SelfSubjectAccessReview, V1SelfSubjectRulesReview, V1SubjectAccessReview } from "@dingi/api";
import { newBadRequest, newInvalid, type ApiResponse, type UserInfo } from "@dingi/apimachinery";
import type { AuthorizationAttributes, Authorizer } from "../authorization/authorizer.ts";
import { reviewedSelectors, selectedFields, selectedLabels } from "../authorization/selectors.ts";
import type { ReviewCall, ReviewHandler } from "../endpoints/action.ts";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import { answer, decodeReview } from "./decode-review.ts";

type AccessSpec = Pick<V1SelfSubjectAccessReview["spec"], "resourceAttributes" | "nonResourceAttributes">;

/** May somebody do something? Upstream: pkg/registry/authorization */
export class AccessReviewHandler implements ReviewHandler {
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  async handle(call: ReviewCall, services: EndpointServices): Promise<ApiResponse> {
    const { review } = call;
    const body = await decodeReview<V1SubjectAccessReview>(call, services);
    const self = review.kind === "SelfSubjectAccessReview";
    const errors = review.validate?.(body) ?? [];
    // Upstream does not name the kind.
    if (errors.length > 0) throw newInvalid({ group: review.group, kind: "" }, "", errors);
    const user = self ? call.user : userOf(body);
    const attributes = attributesFrom(user, body.spec);
    const { decision, reason, error } = await this.#authorizer.authorize(attributes);
    const evaluationError = evaluationErrorOf(attributes, error);
    const status = {
      allowed: decision === "allow",
      ...(decision === "deny" ? { denied: true } : {}),
      ...(reason === "" ? {} : { reason }),
      ...(evaluationError === "" ? {} : { evaluationError }),
    };
    return answer(call, { ...body, status });
  }
}

/** Upstream: pkg/registry/authorization/util/helpers.go#BuildEvaluationError */
function evaluationErrorOf(attributes: AuthorizationAttributes, error: string | undefined): string {
  const selectors = [
    ["fieldSelector", selectedFields(attributes)],
    ["labelSelector", selectedLabels(attributes)],
  ] as const;
  const flawed = selectors.filter(([, { isFlawed }]) => isFlawed);
  const told = flawed.map(([name, { requirements }]) => {
    const extent = requirements.length > 0 ? "partially ignored" : "ignored";
    return `spec.resourceAttributes.${name} ${extent} due to parse error`;
  });
  return [...(error === undefined ? [] : [error]), ...told].join("; ");
}

/** All that the caller may do in a namespace. */
export class RulesReviewHandler implements ReviewHandler {
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  async handle(call: ReviewCall, services: EndpointServices): Promise<ApiResponse> {
    const body = await decodeReview<V1SelfSubjectRulesReview>(call, services);
    const namespace = body.spec.namespace ?? "";
    if (namespace === "") throw newBadRequest("no namespace on request");
    const listed = this.#authorizer.listRules?.(call.user, namespace) ?? { rules: [], incomplete: true };
    const { rules, incomplete, error } = listed;
    const resourceRules = rules
      .filter((rule) => (rule.resources ?? []).length > 0)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, resourceNames }));
    const nonResourceRules = rules
      .filter((rule) => (rule.nonResourceURLs ?? []).length > 0)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
    const status = { resourceRules, nonResourceRules, incomplete, ...(error ? { evaluationError: error } : {}) };
    return answer(call, { ...body, metadata: {}, spec: {}, status });
  }
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
    version: resource.version || "*",
    resource: resource.resource ?? "",
    subresource: resource.subresource ?? "",
    namespace: resource.namespace ?? "",
    name: resource.name ?? "",
    ...reviewedSelectors(resource),
  };
}
