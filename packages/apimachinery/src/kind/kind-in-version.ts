import { own } from "@dingi/base";
import type { Column } from "./column.ts";
import type { AnyKind } from "./define-kind.ts";
import type { FieldExtractor } from "./field-extractor.ts";
import type { KubeObject } from "../meta/object.ts";
import type { Strategy } from "./strategy.ts";
import type { Subresource } from "./subresource.ts";

interface KindInVersion {
  readonly columns: readonly Column[];
  readonly subresources: Readonly<Record<string, Subresource<KubeObject>>>;
  readonly fields: FieldExtractor<KubeObject>;
  readonly strategy: Strategy<KubeObject>;
}

/** What holds of a kind in one of its versions, which may have some of it for itself. */
export function inVersion(kind: AnyKind, apiVersion: string): KindInVersion {
  const { columns, subresources, fields, strategy } = own(kind.versions, apiVersion) ?? {};
  return {
    columns: columns ?? kind.columns,
    subresources: subresources ?? kind.subresources,
    fields: fields ?? kind.fields,
    strategy: strategy ?? kind.strategy,
  };
}

/** The versions that clients are shown. */
export function servedVersions(kind: AnyKind): string[] {
  return Object.keys(kind.versions).filter((apiVersion) => kind.versions[apiVersion]!.served !== false);
}
