import type { KubeObject } from "../meta/object.ts";
import type { StructSchema } from "../schema/schema.ts";
import { customSchema } from "./custom-schema.ts";
import { customStatusStrategy, customStrategy, customStrategyWithStatus } from "./custom-strategy.ts";
import { defineKind, groupOf, versionOf, type KindDefinition, type KindSpec } from "./define-kind.ts";
import { ageColumn, nameColumn } from "./standard-columns.ts";
import type { Verb } from "./subresource.ts";

/** An object of a kind of which no type is known: whatever else it has has to be looked at before it is used. */
export interface Unstructured extends KubeObject {
  readonly [field: string]: unknown;
}

interface CustomKindSpec extends Pick<
  KindSpec<KubeObject>,
  "kind" | "plural" | "singular" | "shortNames" | "categories" | "scope" | "verbs"
> {
  /** "example.org/v1" */
  readonly apiVersion: string;
  /** Everything is kept when absent. */
  readonly schema?: StructSchema;
  /** Whether the status has a door of its own. */
  readonly hasStatus?: boolean;
}

/** In upstream's order. */
const VERBS: readonly Verb[] = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/** A kind of which only its names and its schema are known, at run time: an ordinary definition. */
export function customKind(spec: CustomKindSpec): KindDefinition<Unstructured> {
  const { apiVersion, kind, plural, hasStatus = false, schema = customSchema({ name: nameOf(spec) }), ...rest } = spec;
  const group = groupOf(apiVersion);
  return defineKind<Unstructured>({
    verbs: VERBS,
    ...rest,
    group,
    kind,
    plural,
    custom: true,
    storagePath: group === "" ? plural : `${group}/${plural}`,
    versions: { [apiVersion]: { schema, storage: true } },
    strategy: hasStatus ? customStrategyWithStatus : customStrategy,
    subresources: hasStatus ? { status: { type: "update", strategy: customStatusStrategy } } : {},
    columns: [nameColumn, { ...ageColumn, type: "date" }],
  });
}

/** "org.example.v1.Boat". */
function nameOf({ apiVersion, kind }: CustomKindSpec): string {
  return [...groupOf(apiVersion).split(".").reverse(), versionOf(apiVersion), kind].filter(Boolean).join(".");
}
