import type { Draft } from "../meta/draft.ts";
import type { KubeObject } from "../meta/object.ts";
import type { StructSchema } from "../schema/schema.ts";
import type { Column } from "./column.ts";
import type { FieldExtractor } from "./field-extractor.ts";
import type { Strategy } from "./strategy.ts";
import type { Subresource } from "./subresource.ts";

interface ServedVersion {
  readonly schema: StructSchema;
  /** False: nobody is shown it, but objects are stored in it, or were. */
  readonly served?: boolean;
  /** These are of this version alone; the kind's when absent. */
  readonly columns?: readonly Column[];
  readonly subresources?: Readonly<Record<string, Subresource<KubeObject>>>;
  readonly fields?: FieldExtractor<KubeObject>;
  readonly strategy?: Strategy<KubeObject>;
  /** What was stored in this version, as it is read today; what it is made of is not used any more. */
  fromStored?(object: KubeObject): KubeObject;
  /** Sent as a Warning header with every answer in this version. */
  readonly deprecationWarning?: string;
}

/** The hub: the version that is stored and held in memory. */
interface HubVersion<T extends KubeObject> extends ServedVersion {
  readonly storage: true;
  /** Fills in what the writer left out. Idempotent. */
  defaults?(object: Draft<T>): void;
}

/** Another served version of a kind, whose shape is its own; made by `version`, which knows that shape's type. */
interface SpokeVersion<T extends KubeObject> extends ServedVersion {
  readonly storage?: never;
  /** In this version's shape. */
  defaults?(object: Draft<KubeObject>): void;
  /** Both or none: what has none needs a converter of its kind. Neither writes to what it is given. */
  toHub?(object: KubeObject): Draft<T>;
  fromHub?(object: T): KubeObject;
}

/** One served apiVersion of a kind. */
export type VersionSpec<T extends KubeObject> = HubVersion<T> | SpokeVersion<T>;

interface VersionConversion<V extends KubeObject, T extends KubeObject> extends ServedVersion {
  defaults?(object: Draft<V>): void;
  toHub(object: V): Draft<T>;
  fromHub(object: T): V;
}

/** A version of shape V beside the hub's shape T. */
export function version<V extends KubeObject, T extends KubeObject>(spec: VersionConversion<V, T>): SpokeVersion<T> {
  return spec as SpokeVersion<T>;
}
