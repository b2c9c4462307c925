import { setOwn } from "../codec/json-reader.ts";
import { isObject, type JsonObject } from "../patch/json-value.ts";
import type { FieldSet } from "./field-set.ts";
import { elementOfItem } from "./list-elements.ts";
import { fieldElement } from "./path-element.ts";
import { deduce, type ListPlan, type MapPlan, type TypedPlan } from "./typed-plan.ts";

/** The value without the fields and items in a set. What becomes empty becomes null. Upstream: typed/remove.go */
export function removeItems(plan: TypedPlan, value: unknown, removed: FieldSet): unknown {
  const deduced = deduce(plan, value);
  if (deduced.type === "scalar") return value;
  if (deduced.atomic) return null;
  return deduced.type === "list" ? fromList(deduced, value, removed) : fromMap(deduced, value, removed);
}

function fromList(plan: ListPlan, value: unknown, removed: FieldSet): unknown {
  if (!Array.isArray(value)) return null;
  const kept: unknown[] = [];
  for (const item of value) {
    const element = elementOfItem(plan, item);
    if (removed.hasMember(element)) continue;
    const below = removed.below(element);
    kept.push(below.isEmpty ? item : removeItems(plan.items, item, below));
  }
  return kept.length === 0 ? null : kept;
}

function fromMap(plan: MapPlan, value: unknown, removed: FieldSet): unknown {
  if (!isObject(value)) return null;
  const kept: JsonObject = {};
  let isEmpty = true;
  for (const key of Object.keys(value)) {
    const field = plan.fields.get(key);
    const element = field?.element ?? fieldElement(key);
    if (value[key] === undefined || removed.hasMember(element)) continue;
    const below = removed.below(element);
    const itemPlan = field?.plan ?? plan.values;
    setOwn(kept, key, below.isEmpty || itemPlan === undefined ? value[key] : removeItems(itemPlan, value[key], below));
    isEmpty = false;
  }
  return isEmpty ? null : kept;
}

/**
 * The set with every declared field on the way to a member made a member itself: what is declared is owned with what is in
 * it; the entries of maps are not. Upstream: fieldpath/set.go#EnsureNamedFieldsAreMembers
 */
export function withNamedFields(plan: TypedPlan, set: FieldSet): FieldSet {
  return set.map(({ element, isMember, children }) => {
    const { isDeclared, inner } = innerPlan(plan, element.kind, element.name);
    return {
      isMember: isMember || (isDeclared && !children.isEmpty),
      children: children.isEmpty || inner === undefined ? children : withNamedFields(inner, children),
    };
  });
}

function innerPlan(plan: TypedPlan, kind: string, name: string): { isDeclared: boolean; inner: TypedPlan | undefined } {
  const map = plan.type === "any" ? plan.map : plan.type === "map" ? plan : undefined;
  const list = plan.type === "any" ? plan.list : plan.type === "list" ? plan : undefined;
  if (kind === "f" && map !== undefined) {
    const field = map.fields.get(name);
    return { isDeclared: field !== undefined, inner: field?.plan ?? map.values };
  }
  return { isDeclared: false, inner: kind === "k" ? list?.items : undefined };
}
