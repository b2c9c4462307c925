import { canonicalize, type Converter, type KubeObject, type VersionSpec } from "@dingi/apimachinery";

/**
 * Between the versions of a custom kind whose objects differ in their apiVersion alone: what the other version does not know
 * is left out. Upstream: apiextensions-apiserver/pkg/apiserver/conversion/nop_converter.go
 */
export function versionConverter(versions: Readonly<Record<string, VersionSpec<KubeObject>>>): Converter {
  return {
    toVersion(objects, from, to) {
      if (from === to) return objects;
      const { schema } = versions[to]!;
      return objects.map((object) => {
        const { apiVersion: _apiVersion, kind: _kind, ...rest } = canonicalize(schema, object) as KubeObject;
        return rest;
      });
    },
  };
}
