import type { Draft } from "../meta/draft.ts";
import type { KubeObject } from "../meta/object.ts";
import type { Schema, StructSchema } from "../schema/schema.ts";
import type { UpdateStrategy } from "./strategy.ts";

export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Another door to the same stored object: status, finalize, approval, resize, ephemeralcontainers. */
interface UpdateSubresource<T extends KubeObject> {
  readonly type: "update";
  /** get, patch and update when absent. */
  readonly verbs?: readonly Verb[];
  readonly strategy: UpdateStrategy<T>;
}

/** The autoscaling/v1 Scale view of an object. */
export interface ScaleSubresource<T extends KubeObject> {
  readonly type: "scale";
  readonly specReplicasPath: readonly string[];
  get(object: T): ScaleValues;
  /** Throws StatusError where there is no Scale to be read. */
  checkRead?(object: T): void;
  /** False: what is wrong with it is told of the object. */
  readonly validatesScale?: boolean;
  setReplicas(object: Draft<T>, replicas: number): void;
}

interface ScaleValues {
  readonly specReplicas: number;
  readonly statusReplicas: number;
  /** A label selector in its text form. */
  readonly selector: string;
}

/** Something done to an object: binding, eviction, token, log, exec. The API server holds the doing. */
export interface ActionSubresource {
  readonly type: "action";
  readonly verbs: readonly Verb[];
  /** The kind in requests and discovery: the body of a create, or the options of a connect. */
  readonly responseKind: GroupVersionKind;
  /** The body's schema, where there is a body. */
  readonly schema?: StructSchema;
  /** Query parameters of a connect, for OpenAPI. */
  readonly options?: Readonly<Record<string, Schema>>;
}

export type Subresource<T extends KubeObject> = UpdateSubresource<T> | ScaleSubresource<T> | ActionSubresource;
