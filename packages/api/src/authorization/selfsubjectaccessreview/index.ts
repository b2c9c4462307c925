import { defineReview } from "@dingi/apimachinery";
import { V1SelfSubjectAccessReview } from "./selfsubjectaccessreview.gen.ts";
import { validateSelfSubjectAccessReview } from "../subjectaccessreview/validation.ts";

export * from "./selfsubjectaccessreview.gen.ts";

export const SelfSubjectAccessReview = defineReview<V1SelfSubjectAccessReview>({
  group: "authorization.k8s.io",
  kind: "SelfSubjectAccessReview",
  plural: "selfsubjectaccessreviews",
  scope: "Cluster",
  apiVersion: "authorization.k8s.io/v1",
  schema: V1SelfSubjectAccessReview,
  validate: validateSelfSubjectAccessReview,
});
