import type { Draft } from "@dingi/apimachinery";
import type { V1CustomResourceDefinition } from "./customresourcedefinition.gen.ts";
import { rememberStorageVersion } from "./stored-versions.ts";

const HTTPS_PORT = 443;

/** Upstream: apiextensions-apiserver/pkg/apis/apiextensions/v1/defaults.go */
export function defaultCustomResourceDefinition(definition: Draft<V1CustomResourceDefinition>): void {
  const { spec, status } = definition;
  const names = (spec.names ??= { plural: "", kind: "" });
  names.singular ||= names.kind.toLowerCase();
  if (names.kind !== "") names.listKind ||= `${names.kind}List`;
  defaultConversion(spec);
  if ((status?.storedVersions ?? []).length === 0) rememberStorageVersion(definition);
}

function defaultConversion(spec: Draft<V1CustomResourceDefinition["spec"]>): void {
  spec.conversion ??= { strategy: "None" };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service) service.port ??= HTTPS_PORT;
}
