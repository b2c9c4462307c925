import type {
  V1CustomResourceDefinition as Definition,
  V1CustomResourceDefinitionVersion as Version,
} from "@dingi/api";
import { compareVersions } from "../discovery/compare-versions.ts";

/** What clients of a version that is to go are told. Upstream: apiextensions-apiserver/pkg/apiserver/customresource_handler.go#defaultDeprecationWarning */
export function deprecationWarning({ spec }: Definition, version: Version): string | undefined {
  if (!version.deprecated) return undefined;
  if (version.deprecationWarning !== undefined) return version.deprecationWarning;
  const { group, names } = spec;
  const [best] = spec.versions
    .filter(({ served, deprecated, name }) => served && !deprecated && compareVersions(version.name, name) < 0)
    .sort((a, b) => compareVersions(b.name, a.name));
  const text = `${group}/${version.name} ${names.kind} is deprecated`;
  return best ? `${text}; use ${group}/${best.name} ${names.kind}` : text;
}
