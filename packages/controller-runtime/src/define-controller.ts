import type { KindDefinition, KubeObject, ObjectKey, Verb } from "@dingi/apimachinery";
import type { Clock, Logger, Random } from "@dingi/base";
import type { Client, EventRecorder, IndexFunction, IndexReader, RestMapper } from "@dingi/client";

export type AnyKindDefinition = KindDefinition<never> | KindDefinition<KubeObject>;

/**
 * What a round led to. Upstream: sigs.k8s.io/controller-runtime/pkg/reconcile/reconcile.go
 *
 * A thrown error is tried again with a growing delay; a TerminalError is logged and not tried again.
 */
export interface Result {
  readonly requeueAfterMs?: number;
}

export const DONE: Result = {};

/** Trying again cannot help. */
export class TerminalError extends Error {
  override name = "TerminalError";
}

/** Reads of the local copies that a controller declared it watches. All objects are read-only. */
export interface ControllerCache {
  get<T extends KubeObject>(kind: KindDefinition<T>, key: ObjectKey): T | undefined;
  list<T extends KubeObject>(kind: KindDefinition<T>, namespace?: string): T[];
  /** By one of the indexes that the controller declared for the kind. */
  by<T extends KubeObject>(kind: KindDefinition<T>, index: string, value: string): T[];
  /** Whether all objects of a kind that comes and goes are known. */
  hasSynced(kind: KindDefinition): boolean;
  /** For `withLabels` and `choosing`. */
  indexed<T extends KubeObject>(kind: KindDefinition<T>): IndexReader<T>;
}

/** What the server serves. */
interface KindsReader {
  /** As it was when the server last told of it: a moment ago, or half a minute with servers that do not tell. */
  readonly current: RestMapper;
  /** As it is now. Throws what the server or the network throws. */
  refresh(signal: AbortSignal): Promise<RestMapper>;
}

export interface ReconcileContext {
  readonly kinds: KindsReader;
  readonly cache: ControllerCache;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly events: EventRecorder;
  readonly signal: AbortSignal;
}

/** Another kind whose changes concern this controller's objects. */
export interface Watch<T extends KubeObject = KubeObject> {
  readonly kind: KindDefinition<T>;
  /** The keys that a change of the object enqueues; `previous` is its state before, if any. */
  keys(object: T, context: ReconcileContext, previous?: T): Iterable<ObjectKey | string>;
}

/** All kinds with some verbs, also those that are served later. Of their objects only the metadata is sure to be there. */
export interface AllKindsWatch {
  readonly verbs: readonly Verb[];
  ignores?(kind: KindDefinition): boolean;
  /** The keys that a change of an object enqueues. */
  keys(kind: KindDefinition, object: KubeObject, context: ReconcileContext): Iterable<ObjectKey | string>;
  /** What is served has changed: the keys that this enqueues. */
  changed?(context: ReconcileContext): Iterable<ObjectKey | string>;
  /** A kind is not served any more, and nobody tells of its objects from now on. */
  gone?(kind: KindDefinition): void;
}

export interface ControllerDefinition {
  /** As upstream's --controllers flag names it, such as "replicaset-controller". */
  readonly name: string;
  /** The service account that it acts as, in kube-system; undefined for the manager itself. */
  readonly serviceAccount: string | undefined;
  /** Its events enqueue its own key. */
  readonly for?: AnyKindDefinition;
  /** Their events enqueue their controlling owner, when it is of the `for` kind. */
  readonly owns?: readonly AnyKindDefinition[];
  readonly watches?: readonly Watch<never>[];
  readonly watchesAll?: AllKindsWatch;
  /** By kind: indexes over its objects. */
  readonly indexes?: readonly {
    readonly kind: AnyKindDefinition;
    readonly name: string;
    readonly values: IndexFunction<never>;
  }[];
  /** Kinds that are read, and whose changes do not matter. */
  readonly reads?: readonly AnyKindDefinition[];
  /** Keys that are worked on at start, whatever exists. */
  readonly initialKeys?: readonly string[];
  readonly concurrency?: number;
  /** Level-based: the key says what to look at, not what happened; a deletion is seen as absence. */
  reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result>;
}

export function defineController(definition: ControllerDefinition): ControllerDefinition {
  return definition;
}

/** Declares a watch with its object's type. */
export function watchOf<T extends KubeObject>(kind: KindDefinition<T>, keys: Watch<T>["keys"]): Watch<never> {
  return { kind, keys } as unknown as Watch<never>;
}

/** Declares indexes of one kind, such as `labelIndexes`. */
export function indexesOf<T extends KubeObject>(
  kind: KindDefinition<T>,
  functions: Readonly<Record<string, IndexFunction<T>>>,
): NonNullable<ControllerDefinition["indexes"]>[number][] {
  return Object.entries(functions).map(([name, values]) => indexOf(kind, name, values));
}

export function indexOf<T extends KubeObject>(
  kind: KindDefinition<T>,
  name: string,
  values: IndexFunction<T>,
): NonNullable<ControllerDefinition["indexes"]>[number] {
  return { kind: kind as unknown as AnyKindDefinition, name, values: values as unknown as IndexFunction<never> };
}
