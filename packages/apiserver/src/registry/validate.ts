import {
  findErrors,
  groupOf,
  newInvalid,
  path,
  validateObjectMeta,
  validateObjectMetaUpdate,
  type AnyKind,
  type Draft,
  type KubeObject,
  type NameCheck,
  type NameFormat,
  type Strategy,
  type UpdateStrategy,
} from "@dingi/apimachinery";
import type { WriteContext } from "./request-context.ts";

interface CreateInput {
  readonly kind: AnyKind;
  readonly strategy: Strategy<KubeObject>;
  readonly object: Draft<KubeObject>;
}

/** Upstream: apiserver/pkg/registry/rest/create.go#BeforeCreate */
export function beforeCreate({ kind, strategy, object }: CreateInput, context: WriteContext): void {
  strategy.prepareForCreate?.(object, context);
  const namespaced = kind.scope === "Namespaced";
  const nameFormat = nameFormatOf(strategy, object);
  const errors = findErrors(() => [
    ...validateObjectMeta(object.metadata, { namespaced, nameFormat, ...finalizersOf(strategy) }, path("metadata")),
    ...(strategy.validate?.(object, context) ?? []),
  ]);
  if (errors.length > 0)
    throw newInvalid({ group: groupOf(kind.apiVersion), kind: kind.kind }, object.metadata.name ?? "", errors);
  for (const warning of strategy.warningsOnCreate?.(object) ?? []) context.warn(warning);
  strategy.canonicalize?.(object);
}

interface UpdateInput {
  readonly kind: AnyKind;
  readonly strategy: UpdateStrategy<KubeObject>;
  readonly object: Draft<KubeObject>;
  readonly old: KubeObject;
}

/** Upstream: apiserver/pkg/registry/rest/update.go#BeforeUpdate */
export function beforeUpdate(input: UpdateInput, context: WriteContext): void {
  const { kind, strategy, object, old } = input;
  keepSystemFields(object, old);
  strategy.prepareForUpdate?.(object, old, context);
  const namespaced = kind.scope === "Namespaced";
  const where = path("metadata");
  const errors = findErrors(() => [
    ...validateObjectMeta(
      object.metadata,
      { namespaced, nameFormat: "pathSegment", ...finalizersOf(kind.strategy) },
      where,
    ),
    ...validateObjectMetaUpdate(object.metadata, old.metadata, where),
    ...(strategy.validateUpdate?.(object, old, context) ?? []),
  ]);
  if (errors.length > 0)
    throw newInvalid({ group: groupOf(kind.apiVersion), kind: kind.kind }, object.metadata.name ?? "", errors);
  for (const warning of strategy.warningsOnUpdate?.(object, old) ?? []) context.warn(warning);
  kind.strategy.canonicalize?.(object);
}

const nameFormatOf = (strategy: Strategy<KubeObject>, object: KubeObject): NameFormat | NameCheck =>
  strategy.nameCheckOf?.(object) ?? strategy.nameFormat ?? "subdomain";

const finalizersOf = ({ standardFinalizers }: Strategy<KubeObject>): { readonly standardFinalizers?: boolean } =>
  standardFinalizers === undefined ? {} : { standardFinalizers };

function keepSystemFields(object: Draft<KubeObject>, old: KubeObject): void {
  const { metadata } = object;
  const before = old.metadata;
  if (before.generation === undefined) delete metadata.generation;
  else metadata.generation = before.generation;
  if (!metadata.uid && before.uid !== undefined) metadata.uid = before.uid;
  if (before.creationTimestamp !== undefined) metadata.creationTimestamp = before.creationTimestamp;
  if (before.deletionTimestamp !== undefined) metadata.deletionTimestamp = before.deletionTimestamp;
  if (before.deletionGracePeriodSeconds !== undefined)
    metadata.deletionGracePeriodSeconds ??= before.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}
