import {
  invalid,
  path,
  validateFinalizerName,
  validateStandardFinalizer,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1Namespace } from "./namespace.gen.ts";

/** Upstream: pkg/apis/core/validation/validation.go#ValidateNamespace */
export function validateNamespace(namespace: V1Namespace): FieldError[] {
  return finalizerErrors(namespace, path("spec", "finalizers"));
}

export function validateNamespaceStatusUpdate(namespace: V1Namespace): FieldError[] {
  const { phase } = namespace.status;
  const field = path("status", "Phase");
  if (!namespace.metadata.deletionTimestamp) {
    return phase === "Active"
      ? []
      : [invalid(field, phase ?? "", "may only be 'Active' if `deletionTimestamp` is empty")];
  }
  return phase === "Terminating"
    ? []
    : [invalid(field, phase ?? "", "may only be 'Terminating' if `deletionTimestamp` is not empty")];
}

export function validateNamespaceFinalizeUpdate(namespace: V1Namespace): FieldError[] {
  const field = path("spec", "finalizers");
  return (namespace.spec.finalizers ?? []).flatMap((name, i) => namespaceFinalizerErrors(name, field.index(i)));
}

function finalizerErrors(namespace: V1Namespace, field: FieldPath): FieldError[] {
  return (namespace.spec.finalizers ?? []).flatMap((name) => namespaceFinalizerErrors(name, field));
}

/** Upstream: …/validation.go#validateFinalizerName */
function namespaceFinalizerErrors(name: string, field: FieldPath): FieldError[] {
  return [...validateFinalizerName(name, field), ...validateStandardFinalizer(name, field)];
}
