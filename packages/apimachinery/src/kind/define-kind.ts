import { invariant } from "@dingi/base";
import type { FieldError } from "../errors/field-error.ts";
import type { Draft } from "../meta/draft.ts";
import type { KubeObject } from "../meta/object.ts";
import type { StructSchema } from "../schema/schema.ts";
import type { Column, RowCondition } from "./column.ts";
import type { FieldExtractor } from "./field-extractor.ts";
import type { Strategy } from "./strategy.ts";
import { tableConverter, type Converter } from "./converter.ts";
import type { Subresource, Verb } from "./subresource.ts";
import type { VersionSpec } from "./version.ts";

type Scope = "Namespaced" | "Cluster";

export interface KindSpec<T extends KubeObject> {
  /** The hub's group: empty for core. */
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  /** The lower-case kind when absent. */
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly scope: Scope;
  /** By apiVersion: "v1", "apps/v1"; exactly one is the hub. */
  readonly versions: Readonly<Record<string, VersionSpec<T>>>;
  /** By what `versions` say when absent. */
  readonly converter?: Converter;
  readonly strategy: Strategy<T>;
  readonly subresources?: Readonly<Record<string, Subresource<T>>>;
  readonly columns: readonly Column<T>[];
  /** Those of a list, where a row says what its object is among the others. */
  listColumns?(objects: readonly T[]): readonly Column<T>[];
  /** Of the rows of a list, where it is not that of the objects. */
  rowOrder?(one: T, other: T): number;
  rowConditions?(object: T): readonly RowCondition[];
  /** Selectable fields beside metadata.name and metadata.namespace. */
  readonly fields?: FieldExtractor<T>;
  /** The kind and "List" when absent. */
  readonly listKind?: string;
  /** The part of the key after /registry/, where it is not the plural: "services/specs". */
  readonly storagePath?: string;
  /** All eight when absent. */
  readonly verbs?: readonly Verb[];
  /** An immediate deletion is answered with the object; with a Status when absent. */
  readonly returnsDeletedObject?: boolean;
  /** No type of Go stands behind it: objects are JSON and YAML only, and no patch follows merge keys. */
  readonly custom?: boolean;
  /** Its definition is being deleted: there are no new objects. */
  readonly terminating?: boolean;
  /** Never stored: the API server works the objects out when they are read. */
  readonly computed?: boolean;
  /** Objects are forgotten this long after their last write. */
  readonly ttlMs?: number;
}

export interface KindDefinition<T extends KubeObject = KubeObject> extends KindSpec<T> {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: Readonly<Record<string, Subresource<T>>>;
  readonly fields: FieldExtractor<T>;
  readonly storagePath: string;
  readonly verbs: readonly Verb[];
  readonly converter: Converter;
  /** The hub's apiVersion. */
  readonly apiVersion: string;
  /** The hub's schema. */
  readonly schema: StructSchema;
  readonly listKind: string;
  /** Carries T for inference; never set. */
  readonly "~object"?: T;
}

/**
 * A definition of any kind, for code that treats all kinds alike.
 * Method parameters are bivariant, so every KindDefinition<T> fits.
 */
export type AnyKind = KindDefinition<KubeObject>;

const ALL_VERBS: readonly Verb[] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** Everything about a kind in one value; routes, discovery, OpenAPI, tables, protobuf and clients derive from it. */
export function defineKind<T extends KubeObject>(spec: KindSpec<T>): KindDefinition<T> {
  const hubs = Object.entries(spec.versions).filter(([, version]) => version.storage);
  invariant(hubs.length === 1, `Kind "${spec.kind}" needs exactly one storage version`);
  const [apiVersion, hub] = hubs[0]!;
  invariant(
    groupOf(apiVersion) === spec.group,
    `Kind "${spec.kind}": the storage version "${apiVersion}" is not in group "${spec.group}"`,
  );
  for (const [name, version] of Object.entries(spec.versions)) {
    invariant(
      version.storage || spec.converter || (version.toHub && version.fromHub),
      `Kind "${spec.kind}": version "${name}" has no conversion`,
    );
  }
  return {
    singular: spec.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    subresources: {},
    fields: { names: [], get: () => "" },
    storagePath: spec.plural,
    verbs: ALL_VERBS,
    converter: tableConverter(spec.versions),
    ...spec,
    apiVersion,
    schema: hub.schema,
    listKind: spec.listKind ?? `${spec.kind}List`,
  };
}

/** A kind that is only ever created and answered, never stored: reviews, and the bodies of action subresources. */
export interface ReviewDefinition<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly scope: Scope;
  readonly apiVersion: string;
  readonly schema: StructSchema;
  defaults?(object: Draft<T>): void;
  /** Metadata included: a review is answered, not stored, and few of the common rules hold for it. */
  validate?(object: T): FieldError[];
  readonly "~object"?: T;
}

export function defineReview<T extends KubeObject>(spec: Omit<ReviewDefinition<T>, "singular">): ReviewDefinition<T> {
  return { singular: spec.kind.toLowerCase(), ...spec };
}

/** "apps" of "apps/v1"; empty for core. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** "v1" of "apps/v1". */
export function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}

export function apiVersionOf(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}
