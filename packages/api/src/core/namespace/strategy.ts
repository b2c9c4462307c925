import { adopt, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import { labelWithName } from "./defaults.ts";
import type { V1Namespace } from "./namespace.gen.ts";
import { validateNamespace, validateNamespaceFinalizeUpdate, validateNamespaceStatusUpdate } from "./validation.ts";

/** The finalizer that the namespace controller takes away when the namespace is empty. */
const KUBERNETES_FINALIZER = "kubernetes";

/** Upstream: pkg/registry/core/namespace/strategy.go */
export const strategy: Strategy<V1Namespace> = {
  nameFormat: "label",
  resetFields: [["status"]],
  prepareForCreate(namespace) {
    namespace.status = { phase: "Active" };
    const finalizers = namespace.spec.finalizers ?? [];
    namespace.spec.finalizers = finalizers.includes(KUBERNETES_FINALIZER)
      ? finalizers
      : [...finalizers, KUBERNETES_FINALIZER];
  },
  prepareForUpdate(namespace, old) {
    namespace.spec = { ...namespace.spec, finalizers: adopt(old.spec.finalizers) };
    namespace.status = adopt(old.status);
  },
  validate: validateNamespace,
  validateUpdate: validateNamespace,
  canonicalize: labelWithName,
  /** A namespace is first marked and emptied. Upstream: pkg/registry/core/namespace/storage/storage.go#Delete */
  prepareForDelete(namespace) {
    namespace.status = { ...namespace.status, phase: "Terminating" };
  },
  holdsDeletion: (namespace) => (namespace.spec.finalizers ?? []).length > 0,
};

export const statusStrategy: UpdateStrategy<V1Namespace> = {
  resetFields: [["spec"]],
  prepareForUpdate(namespace, old) {
    namespace.spec = adopt(old.spec);
  },
  validateUpdate: validateNamespaceStatusUpdate,
};

export const finalizeStrategy: UpdateStrategy<V1Namespace> = {
  resetFields: [["status"]],
  prepareForUpdate(namespace, old) {
    namespace.status = adopt(old.status);
  },
  validateUpdate: validateNamespaceFinalizeUpdate,
};
