import type { Clock, Random } from "@dingi/base";
import type { FieldError } from "../errors/field-error.ts";
import type { UserInfo } from "../handler/user-info.ts";
import type { Draft } from "../meta/draft.ts";
import type { V1DeleteOptions } from "../meta/meta.gen.ts";
import type { KubeObject } from "../meta/object.ts";

export interface StrategyContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** The apiVersion that the request is made in; the hub's when absent. Rules of some kinds differ between versions. */
  readonly apiVersion?: string;
  /** Of the request: "update", "patch"; absent where the server writes by itself. */
  readonly verb?: string;
  /** The name in the request's path: none in that of a create. */
  readonly pathName?: string;
  /** Warns the client of what only preparing an object shows; other warnings come from warningsOnCreate and …OnUpdate. */
  readonly warn?: (text: string) => void;
}

/** The rules of an update through one door: the object itself, its status, or another subresource. */
export interface UpdateStrategy<T extends KubeObject> {
  /** Puts back what this door may not change, and raises the generation when the desired state changes. */
  prepareForUpdate?(object: Draft<T>, old: T, context: StrategyContext): void;
  /** Runs after the metadata's own update rules; in upstream's order. */
  validateUpdate?(object: T, old: T, context: StrategyContext): FieldError[];
  warningsOnUpdate?(object: T, old: T): string[];
  /** Paths that apply through this door never owns, such as [["status"]]. */
  readonly resetFields?: readonly (readonly string[])[];
}

/**
 * What a kind decides about its own life: pure, without I/O. Metadata rules that hold for every kind (names, labels,
 * owner references, immutable fields) are the registry's. Upstream: apiserver/pkg/registry/rest/{create,update,delete}.go
 */
export interface Strategy<T extends KubeObject> extends UpdateStrategy<T> {
  /** PUT to a name that does not exist creates it. */
  readonly allowCreateOnUpdate?: boolean;
  /** Whether a PUT may come without a resourceVersion; true when absent. */
  readonly allowUnconditionalUpdate?: boolean;
  /** How `metadata.name` is checked: "subdomain" (RFC 1123) when absent. */
  readonly nameFormat?: NameFormat | NameCheck;
  /** The check of a new object's name, where that depends on the rest of the object. */
  nameCheckOf?(object: T): NameCheck;
  /** False: `metadata.generateName` is the name, with nothing put behind it. */
  readonly generatesNames?: false;
  /** False: a finalizer needs no domain, whatever it is. Upstream's kinds differ in this by whose validation they call. */
  readonly standardFinalizers?: false;
  /** Clears what clients may not set and starts status and generation. */
  prepareForCreate?(object: Draft<T>, context: StrategyContext): void;
  validate?(object: T, context: StrategyContext): FieldError[];
  /** Brings a valid object into the form that is stored, such as sorted access modes. */
  canonicalize?(object: Draft<T>): void;
  warningsOnCreate?(object: T): string[];
  /** Of a deletion, and of one of a whole collection, as the client asks for it. */
  warningsOnDelete?(options: V1DeleteOptions): string[];
  /**
   * Seconds of graceful deletion; undefined or 0: deleted at once.
   * Upstream: apiserver/pkg/registry/rest/delete.go#RESTGracefulDeleteStrategy
   */
  gracePeriodSeconds?(object: T, requested: number | undefined): number | undefined;
  /** What holds an object whose deletion begins, until somebody has cleaned up behind it. */
  readonly deletionFinalizer?: string;
  /** Called as the deletion timestamp is set. */
  prepareForDelete?(object: Draft<T>, context: StrategyContext): void;
  /** Something besides metadata.finalizers keeps a deleted object, such as a namespace's spec.finalizers. */
  holdsDeletion?(object: T): boolean;
  /** What happens to dependents when the request does not say; "background" when absent. */
  readonly defaultGarbageCollection?: "background" | "orphan";
}

/** "declared": by the kind's own validation, which says it last. */
export type NameFormat = "subdomain" | "label" | "label1035" | "pathSegment" | "declared";

/** A check of a name; with `prefix` the name is the beginning of a generated one. */
export type NameCheck = (name: string, prefix: boolean) => string[];

/** What became of a write; "unknown" when the store failed on the way: it may hold it, or not. */
export type Fate = "committed" | "refused" | "unknown";

/** Undoes or finishes what a hook reserved, once the write is over. What it holds after an unknown fate, a repair finds. */
export type Finish = (fate: Fate) => void | Promise<void>;

/** What a kind's writes need besides the object (rights, addresses, ports). The type is the kind's; the API server provides it. */
export interface StorageHooks<T extends KubeObject> {
  /** Refuses a write that its user may not make, before the strategy looks at it; `old` is absent on a create. */
  authorize?(object: T, old: T | undefined, context: StrategyContext): Promise<void>;
  /** Refuses a change that its user may not make, once it is known to be a valid one. */
  confirmUpdate?(object: T, old: T, context: StrategyContext): Promise<void>;
  beginCreate?(object: Draft<T>, context: StrategyContext): Promise<Finish>;
  beginUpdate?(object: Draft<T>, old: T, context: StrategyContext): Promise<Finish>;
  afterDelete?(object: T, context: StrategyContext): Promise<void>;
}
