import { semanticEqual } from "@dingi/apimachinery";
import type {
  V1CustomResourceColumnDefinition,
  V1CustomResourceDefinitionSpec,
  V1CustomResourceDefinitionVersion,
  V1CustomResourceSubresources,
  V1CustomResourceValidation,
  V1SelectableField,
} from "./customresourcedefinition.gen.ts";

/** What all versions have in common, as upstream's internal type has it: errors tell of it there. */
export interface Hoisted {
  readonly versions: readonly V1CustomResourceDefinitionVersion[];
  readonly validation?: V1CustomResourceValidation | undefined;
  readonly subresources?: V1CustomResourceSubresources | undefined;
  readonly additionalPrinterColumns?: readonly V1CustomResourceColumnDefinition[] | undefined;
  readonly selectableFields?: readonly V1SelectableField[] | undefined;
}

const FIELDS = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"] as const;

/** Upstream: apiextensions-apiserver/pkg/apis/apiextensions/v1/conversion.go */
export function hoist({ versions }: V1CustomResourceDefinitionSpec): Hoisted {
  const [first, ...others] = versions ?? [];
  if (!first) return { versions: [] };
  const common = FIELDS.filter((field) => others.every((other) => semanticEqual(other[field], first[field])));
  const has = (field: (typeof FIELDS)[number]): boolean => common.includes(field);
  const stripped = Object.fromEntries(common.map((field) => [field, undefined]));
  return {
    versions: (versions ?? []).map((version) => ({ ...version, ...stripped })),
    validation: has("schema") ? first.schema : undefined,
    subresources: has("subresources") ? first.subresources : undefined,
    additionalPrinterColumns: has("additionalPrinterColumns") ? first.additionalPrinterColumns : undefined,
    selectableFields: has("selectableFields") ? first.selectableFields : undefined,
  };
}
