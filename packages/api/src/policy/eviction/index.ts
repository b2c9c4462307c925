import { defineReview } from "@dingi/apimachinery";
import { V1Eviction } from "./eviction.gen.ts";

export * from "./eviction.gen.ts";

export const Eviction = defineReview<V1Eviction>({
  group: "policy",
  kind: "Eviction",
  plural: "",
  scope: "Namespaced",
  apiVersion: "policy/v1",
  schema: V1Eviction,
});
