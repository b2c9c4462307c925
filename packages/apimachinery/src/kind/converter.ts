import { invariant, own } from "@dingi/base";
import type { Draft } from "../meta/draft.ts";
import type { KubeObject } from "../meta/object.ts";
import type { StructSchema } from "../schema/schema.ts";
import type { VersionSpec } from "./version.ts";

/** Brings objects of one kind from one of its versions into another. */
export interface Converter {
  /**
   * As many objects as were given, in their order; none of those given is written to, and parts may be shared. A promise
   * where somebody has to be asked, who is then asked once for all of them.
   */
  toVersion(objects: readonly KubeObject[], from: string, to: string): Converted;
  /** Where somebody has to be asked: objects of several versions at once. What is stored is left in its version then until it is read. */
  readonly convertMixed?: (objects: readonly MixedObject[], to: string) => Promise<readonly KubeObject[]>;
}

export interface MixedObject {
  readonly object: KubeObject;
  /** The version that it is in. */
  readonly from: string;
}

type Converted = readonly KubeObject[] | Promise<readonly KubeObject[]>;

/** What has versions: a kind, or what is written through a subresource. */
export interface Versioned {
  readonly versions: Readonly<Record<string, { readonly schema: StructSchema }>>;
  readonly converter: Converter;
}

/** By what the kind's versions themselves say, by way of the hub. */
export function tableConverter<T extends KubeObject>(versions: Readonly<Record<string, VersionSpec<T>>>): Converter {
  const toHub = (object: KubeObject, from: string): KubeObject => spoke(versions, from)?.toHub?.(object) ?? object;
  return {
    toVersion(objects, from, to) {
      if (from === to) return objects;
      return objects.map((object) => {
        const hub = toHub(object, from);
        return spoke(versions, to)?.fromHub?.(hub as T) ?? hub;
      });
    },
  };
}

function spoke<T extends KubeObject>(versions: Readonly<Record<string, VersionSpec<T>>>, apiVersion: string) {
  const version = own(versions, apiVersion);
  return version?.storage ? undefined : version;
}

/** What is only ever written in one version. */
export function inOneVersion(apiVersion: string, schema: StructSchema): Versioned {
  return { versions: { [apiVersion]: { schema } }, converter: { toVersion: (objects) => objects } };
}

/** Where nothing can wait, as when stored objects are loaded: for kinds whose converter asks nobody. */
export function convertAtOnce(
  { converter }: Versioned,
  object: KubeObject,
  { from, to }: { readonly from: string; readonly to: string },
): KubeObject {
  if (from === to) return object;
  const converted = converter.toVersion([object], from, to);
  invariant(!(converted instanceof Promise), `A conversion from "${from}" to "${to}" has to wait`);
  return converted[0]!;
}

/** One object of a write, which belongs to the write before and after. */
export async function convertDraft(
  { converter }: Versioned,
  object: Draft<KubeObject>,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<Draft<KubeObject>> {
  if (from === to) return object;
  const [converted] = await converter.toVersion([object], from, to);
  return converted as Draft<KubeObject>;
}
