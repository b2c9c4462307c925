import { groupOf, versionOf } from "@dingi/apimachinery";
import type { AdmissionAttributes } from "../attributes.ts";

/** A resource in one of its versions, as rules name it and as webhooks are told of it. */
export interface VersionedResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

export function resourceIn(apiVersion: string, { kind }: Pick<AdmissionAttributes, "kind">): VersionedResource {
  return { group: groupOf(apiVersion), version: versionOf(apiVersion), resource: kind.plural };
}

/** The other versions of what is addressed, which show the same objects. Upstream: apimachinery/pkg/runtime/mapper.go#EquivalentResourcesFor */
export function equivalentVersions({ kind, apiVersion }: AdmissionAttributes): readonly string[] {
  return "versions" in kind ? Object.keys(kind.versions).filter((one) => one !== apiVersion) : [];
}

/**
 * A namespace itself counts as being in the one of its name, unless the server has just made that name up.
 * Upstream: apiserver/pkg/endpoints/request/requestinfo.go, …/handlers/create.go
 */
export function namespaceOf(attributes: AdmissionAttributes): string {
  const { name, namespace, operation, object } = attributes;
  if (!isNamespace(attributes)) return namespace;
  return operation === "CREATE" && object?.metadata.generateName ? "" : name;
}

export const isNamespace = ({ kind }: Pick<AdmissionAttributes, "kind">): boolean =>
  kind.group === "" && kind.plural === "namespaces";
