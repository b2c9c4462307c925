import type { AnyKind, FieldSelector, KubeObject, ObjectKey, Selector } from "@dingi/apimachinery";

/** Which objects of a kind a list or watch is about. */
export interface Selection {
  /** All namespaces when empty. */
  readonly namespace: string;
  readonly labels?: Selector | undefined;
  readonly fields?: FieldSelector | undefined;
}

/** The same for selections that select the same in the same words. */
export function selectionText({ namespace, labels, fields }: Selection): string {
  const labelText = labels && labels.requirements === undefined ? "nothing" : `[${labels ?? ""}]`;
  return `${namespace} ${labelText} [${fields ?? ""}]`;
}

export function selects(kind: AnyKind, selection: Selection, object: KubeObject): boolean {
  if (selection.namespace !== "" && object.metadata.namespace !== selection.namespace) return false;
  if (selection.labels && !selection.labels.matches(object.metadata.labels ?? {})) return false;
  return !selection.fields || selection.fields.matches((name) => fieldOf(kind, object, name));
}

export function fieldOf(kind: AnyKind, object: KubeObject, name: string): string {
  if (name === "metadata.name") return object.metadata.name ?? "";
  if (name === "metadata.namespace") return object.metadata.namespace ?? "";
  return kind.fields.get(object, name);
}

/** The one object that a selection can match, when it names it. */
export function selectedName(kind: AnyKind, selection: Selection): ObjectKey | undefined {
  const name = equalTo(selection, "metadata.name");
  if (name === undefined) return undefined;
  const namespace = selection.namespace !== "" ? selection.namespace : equalTo(selection, "metadata.namespace");
  if (kind.scope === "Namespaced" && namespace === undefined) return undefined;
  return { namespace: kind.scope === "Namespaced" ? namespace! : "", name };
}

/** A field of the kind itself that the selection fixes to one value, such as spec.nodeName. */
export function selectedField(kind: AnyKind, selection: Selection): { name: string; value: string } | undefined {
  for (const name of kind.fields.names) {
    const value = equalTo(selection, name);
    if (value !== undefined) return { name, value };
  }
  return undefined;
}

function equalTo(selection: Selection, field: string): string | undefined {
  const found = selection.fields?.requirements.find(
    (requirement) => requirement.field === field && requirement.operator !== "!=",
  );
  return found?.value;
}
