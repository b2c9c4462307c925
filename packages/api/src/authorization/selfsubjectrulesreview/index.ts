import { defineReview } from "@dingi/apimachinery";
import { V1SelfSubjectRulesReview } from "./selfsubjectrulesreview.gen.ts";

export * from "./selfsubjectrulesreview.gen.ts";

export const SelfSubjectRulesReview = defineReview<V1SelfSubjectRulesReview>({
  group: "authorization.k8s.io",
  kind: "SelfSubjectRulesReview",
  plural: "selfsubjectrulesreviews",
  scope: "Cluster",
  apiVersion: "authorization.k8s.io/v1",
  schema: V1SelfSubjectRulesReview,
});
