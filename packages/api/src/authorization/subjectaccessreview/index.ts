import { defineReview } from "@dingi/apimachinery";
import { V1SubjectAccessReview } from "./subjectaccessreview.gen.ts";
import { validateSubjectAccessReview } from "./validation.ts";

export * from "./subjectaccessreview.gen.ts";

export const SubjectAccessReview = defineReview<V1SubjectAccessReview>({
  group: "authorization.k8s.io",
  kind: "SubjectAccessReview",
  plural: "subjectaccessreviews",
  scope: "Cluster",
  apiVersion: "authorization.k8s.io/v1",
  schema: V1SubjectAccessReview,
  validate: validateSubjectAccessReview,
});
