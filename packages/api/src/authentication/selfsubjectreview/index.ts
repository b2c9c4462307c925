import { defineReview } from "@dingi/apimachinery";
import { V1SelfSubjectReview } from "./selfsubjectreview.gen.ts";

export * from "./selfsubjectreview.gen.ts";

export const SelfSubjectReview = defineReview<V1SelfSubjectReview>({
  group: "authentication.k8s.io",
  kind: "SelfSubjectReview",
  plural: "selfsubjectreviews",
  scope: "Cluster",
  apiVersion: "authentication.k8s.io/v1",
  schema: V1SelfSubjectReview,
});
