import type { Draft } from "@dingi/apimachinery";
import type { V1Namespace } from "./namespace.gen.ts";

const METADATA_NAME_LABEL = "kubernetes.io/metadata.name";

/** Upstream: pkg/apis/core/v1/defaults.go#SetDefaults_Namespace, #SetDefaults_NamespaceStatus */
export function defaultNamespace(namespace: Draft<V1Namespace>): void {
  labelWithName(namespace);
  namespace.spec ??= {};
  namespace.status ??= {};
  namespace.status.phase ||= "Active";
}

/** Every namespace can be selected by its name. */
export function labelWithName({ metadata }: Draft<V1Namespace>): void {
  if (metadata.name) metadata.labels = { ...metadata.labels, [METADATA_NAME_LABEL]: metadata.name };
}
