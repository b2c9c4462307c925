import { defineReview } from "@dingi/apimachinery";
import { V1Binding } from "./binding.gen.ts";

export * from "./binding.gen.ts";

export const Binding = defineReview<V1Binding>({
  group: "",
  kind: "Binding",
  plural: "bindings",
  scope: "Namespaced",
  apiVersion: "v1",
  schema: V1Binding,
});
