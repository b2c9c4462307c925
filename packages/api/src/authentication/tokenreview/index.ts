import { defineReview } from "@dingi/apimachinery";
import { V1TokenReview } from "./tokenreview.gen.ts";

export * from "./tokenreview.gen.ts";

export const TokenReview = defineReview<V1TokenReview>({
  group: "authentication.k8s.io",
  kind: "TokenReview",
  plural: "tokenreviews",
  scope: "Cluster",
  apiVersion: "authentication.k8s.io/v1",
  schema: V1TokenReview,
});
