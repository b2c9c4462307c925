import { defineReview } from "@dingi/apimachinery";
import { V1LocalSubjectAccessReview } from "./localsubjectaccessreview.gen.ts";
import { validateLocalSubjectAccessReview } from "../subjectaccessreview/validation.ts";

export * from "./localsubjectaccessreview.gen.ts";

export const LocalSubjectAccessReview = defineReview<V1LocalSubjectAccessReview>({
  group: "authorization.k8s.io",
  kind: "LocalSubjectAccessReview",
  plural: "localsubjectaccessreviews",
  scope: "Namespaced",
  apiVersion: "authorization.k8s.io/v1",
  schema: V1LocalSubjectAccessReview,
  validate: validateLocalSubjectAccessReview,
});
