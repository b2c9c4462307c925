import type {
  AnyKind,
  Draft,
  KindDefinition,
  KubeObject,
  ReviewDefinition,
  StructSchema,
  UserInfo,
} from "@dingi/apimachinery";
import type { AuditAnnotations } from "../request/audit-annotations.ts";
import type { Reinvocation } from "./reinvocation.ts";

export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** What an object is, and how it is written. */
interface ObjectKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: StructSchema;
}

/** What a plugin is asked about. Upstream: apiserver/pkg/admission/interfaces.go#Attributes */
export interface AdmissionAttributes<T extends KubeObject = KubeObject> {
  readonly operation: Operation;
  /** The kind of the addressed resource, such as Pod for pods/binding. */
  readonly kind: AnyKind | ReviewDefinition;
  /** The version of the resource as it was requested: "apps/v1". */
  readonly apiVersion: string;
  readonly subresource: string;
  /** What `object` is: the kind itself, or the body of a subresource such as Binding, Eviction and Scale. */
  readonly objectKind: ObjectKind;
  readonly namespace: string;
  readonly name: string;
  /** The new state, in the hub's shape; the body for an action subresource; absent on DELETE. Changeable while admitting. */
  readonly object?: Draft<T> | undefined;
  readonly oldObject?: T | undefined;
  /** The options of the request, such as DeleteOptions, with what they are. */
  readonly options?: object | undefined;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** Adds a Warning header to the answer. */
  readonly warn: (text: string) => void;
  readonly annotations: AuditAnnotations;
  readonly signal: AbortSignal;
  /** By the monotonic clock, until when the request is answered; undefined where it lasts. */
  readonly deadlineMs: number | undefined;
  readonly reinvocation: Reinvocation;
}

/** A CREATE or UPDATE of the object itself. */
interface WriteAttributes<T extends KubeObject> extends AdmissionAttributes<T> {
  readonly operation: "CREATE" | "UPDATE";
  readonly object: Draft<T>;
}

/** Whether a kind's own objects are written, not what lies at one of its subresources. */
export function isWriteOf<T extends KubeObject>(
  attributes: AdmissionAttributes,
  kind: KindDefinition<T>,
): attributes is WriteAttributes<T> {
  const { operation, subresource } = attributes;
  return (operation === "CREATE" || operation === "UPDATE") && subresource === "" && isAt(attributes, kind);
}

/** Whether the addressed resource, or one of its subresources, is the kind's. */
export function isAt<T extends KubeObject>(attributes: AdmissionAttributes, kind: KindDefinition<T>): boolean {
  return attributes.kind.plural === kind.plural && attributes.kind.group === kind.group;
}
