import type { V1CustomResourceDefinitionVersion as Version } from "@dingi/api";
import { evaluatePath, type FieldExtractor, type KubeObject } from "@dingi/apimachinery";

/** The fields that lists and watches can select by. Upstream: apiextensions-apiserver/pkg/registry/customresource/strategy.go#selectableFields */
export function selectableFields(versions: readonly Version[]): FieldExtractor<KubeObject> {
  const paths = new Map(
    versions.flatMap(({ selectableFields: fields = [] }) =>
      fields.map(({ jsonPath }) => [jsonPath.replace(/^\./, ""), jsonPath] as const),
    ),
  );
  return {
    names: [...paths.keys()],
    get(object, name) {
      const path = paths.get(name);
      const value = path === undefined ? undefined : evaluatePath(path, object)[0];
      return value === undefined || value === null ? "" : String(value as string);
    },
  };
}
