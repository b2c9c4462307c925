import {
  newInvalid,
  newModified,
  newUnclassifiedError,
  type AnyKind,
  type Draft,
  type GroupResource,
  type KubeObject,
} from "@dingi/apimachinery";

/** Whether an update means whatever is there: "0" is no revision either. */
export function namesNoRevision({ metadata }: KubeObject): boolean {
  return /^0*$/.test(metadata.resourceVersion ?? "");
}

/**
 * An update goes on from the revision that it names; one that names none from the newest, where its kind allows that.
 * Throws StatusError 409, 422, or 500 for what is no revision.
 * Upstream: apiserver/pkg/registry/generic/registry/store.go#Update
 */
export function settleRevision(
  { kind, resource }: { readonly kind: AnyKind; readonly resource: GroupResource },
  object: Draft<KubeObject>,
  old: KubeObject,
): void {
  const claimed = object.metadata.resourceVersion ?? "";
  const name = old.metadata.name ?? "";
  if (!/^\d*$/.test(claimed))
    throw newUnclassifiedError(`strconv.ParseUint: parsing ${JSON.stringify(claimed)}: invalid syntax`);
  if (namesNoRevision(object)) {
    if (kind.strategy.allowUnconditionalUpdate === false) throw needsRevision(resource, name);
    object.metadata.resourceVersion = old.metadata.resourceVersion!;
  } else if (BigInt(claimed) !== BigInt(old.metadata.resourceVersion ?? "0")) throw newModified(resource, name);
}

/** Upstream names the resource where the kind should stand. */
function needsRevision({ group, resource }: GroupResource, name: string): Error {
  const detail = "must be specified for an update";
  const error = { type: "FieldValueInvalid" as const, field: "metadata.resourceVersion", badValue: 0, detail };
  return newInvalid({ group, kind: resource }, name, [error]);
}
