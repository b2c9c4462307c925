import { defineReview, path, validateManagedFields, validateNonnegative } from "@dingi/apimachinery";
import { V1Scale } from "./scale.gen.ts";

export * from "./scale.gen.ts";

export const Scale = defineReview<V1Scale>({
  group: "autoscaling",
  kind: "Scale",
  plural: "",
  scope: "Namespaced",
  apiVersion: "autoscaling/v1",
  schema: V1Scale,
  /** Upstream: pkg/apis/autoscaling/validation/validation.go#ValidateScale */
  validate: ({ metadata, spec }) => [
    ...validateManagedFields(metadata.managedFields ?? [], path("metadata", "managedFields")),
    ...validateNonnegative(spec.replicas ?? 0, path("spec", "replicas")),
  ],
});
