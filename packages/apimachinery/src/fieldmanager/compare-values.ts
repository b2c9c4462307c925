import { equalJson } from "../codec/equal-json.ts";
import { isObject, type JsonObject } from "../patch/json-value.ts";
import { FieldSet, FieldSetBuilder, type FieldNode } from "./field-set.ts";
import { elementOfItem, ListItemError } from "./list-elements.ts";
import type { OwnersBudget } from "./owners-budget.ts";
import { fieldElement, type PathElement } from "./path-element.ts";
import { isEmpty } from "./to-field-set.ts";
import { deduce, type ListPlan, type MapPlan, type ScalarPlan, type TypedPlan } from "./typed-plan.ts";

/** How one value differs from another: no path is in more than one of the sets. */
export interface Comparison {
  readonly removed: FieldSet;
  readonly modified: FieldSet;
  readonly added: FieldSet;
}

interface CompareOptions {
  /** Left out, with everything below. */
  readonly ignored?: FieldSet;
  /** For what is modified and added. */
  readonly budget?: OwnersBudget | undefined;
}

/** Of two values that are both there. @throws {OwnersTooLarge}. Upstream: typed/compare.go */
export function compareValues(
  plan: TypedPlan,
  { before, after }: { readonly before: unknown; readonly after: unknown },
  { ignored = FieldSet.empty, budget }: CompareOptions = {},
): Comparison {
  const walker = new Walker(ignored, budget);
  walker.compare(plan, before, after);
  return { removed: walker.removed.build(), modified: walker.modified.build(), added: walker.added.build() };
}

interface Sides {
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
}

interface Group extends Sides {
  readonly element: PathElement;
  readonly before: unknown[];
  readonly after: unknown[];
}

class Walker {
  readonly removed = new FieldSetBuilder();
  readonly modified = new FieldSetBuilder();
  readonly added = new FieldSetBuilder();
  readonly #path: PathElement[] = [];
  readonly #budget: OwnersBudget | undefined;
  /** Below the path. */
  #ignored: FieldSet;

  constructor(ignored: FieldSet, budget: OwnersBudget | undefined) {
    this.#ignored = ignored;
    this.#budget = budget;
  }

  /** One of the two values may be undefined: not there. Objects are shared between revisions, so most are the same. */
  compare(plan: TypedPlan, before: unknown, after: unknown): void {
    if (before === after) return;
    if (before === undefined) return this.#add(plan, after);
    if (after === undefined)
      return this.removed.insertWith(this.#path, everythingIn(plan, before, { ignored: this.#ignored }));
    const left = deduce(plan, before ?? after);
    const right = deduce(plan, after ?? before);
    if (left !== right) this.#handle(left, before, after);
    this.#handle(right, before, after);
  }

  #add(plan: TypedPlan, after: unknown): void {
    this.#spend();
    this.added.insertWith(this.#path, everythingIn(plan, after, { ignored: this.#ignored, budget: this.#budget }));
  }

  #spend(): void {
    const last = this.#path.at(-1);
    if (last !== undefined) this.#budget?.spend(last);
  }

  #modify(): void {
    this.#spend();
    this.modified.insert(this.#path);
  }

  #handle(plan: ScalarPlan | ListPlan | MapPlan, before: unknown, after: unknown): void {
    if (plan.type === "scalar") return this.#leaf(before, after);
    if (plan.type === "list") {
      const left = Array.isArray(before) ? before : [];
      const right = Array.isArray(after) ? after : [];
      // Empty and null are told apart as leaves.
      if (plan.atomic || (left.length === 0 && right.length === 0)) return this.#leaf(before, after);
      return this.#list(plan, left, right);
    }
    const left = isObject(before) ? before : {};
    const right = isObject(after) ? after : {};
    if (plan.atomic || (isEmpty(left) && isEmpty(right))) return this.#leaf(before, after);
    this.#map(plan, left, right);
  }

  #leaf(before: unknown, after: unknown): void {
    if (!equalJson(before, after)) this.#modify();
  }

  #map(plan: MapPlan, before: JsonObject, after: JsonObject): void {
    for (const key of Object.keys(after)) {
      const value = after[key];
      if (value !== undefined) this.#entry(plan, key, Object.hasOwn(before, key) ? before[key] : undefined, value);
    }
    for (const key of Object.keys(before)) {
      const value = before[key];
      if (value !== undefined && (!Object.hasOwn(after, key) || after[key] === undefined))
        this.#entry(plan, key, value, undefined);
    }
  }

  #entry({ fields, values }: MapPlan, key: string, before: unknown, after: unknown): void {
    const field = fields.get(key);
    const plan = field?.plan ?? values;
    if (plan === undefined || before === after) return;
    this.#below(field?.element ?? fieldElement(key), () => this.compare(plan, before, after));
  }

  #below(element: PathElement, walk: () => void): void {
    const ignored = this.#ignored;
    if (ignored.hasMember(element)) return;
    this.#ignored = ignored.below(element);
    this.#path.push(element);
    walk();
    this.#path.pop();
    this.#ignored = ignored;
  }

  #list(plan: ListPlan, before: readonly unknown[], after: readonly unknown[]): void {
    for (const group of groupItems(plan, { before, after })) this.#below(group.element, () => this.#group(plan, group));
  }

  /** Items of one key; where there are several on a side, they count as one leaf. */
  #group(plan: ListPlan, { before, after }: Group): void {
    if (before.length <= 1 && after.length <= 1) return this.compare(plan.items, before[0], after[0]);
    if (before.length >= 2 && after.length >= 2) {
      if (!equalJson(before, after)) this.#modify();
    } else if (before.length >= 2) {
      if (after.length > 0) this.compare(plan.items, undefined, after[0]);
      this.removed.insert(this.#path);
    } else {
      if (before.length > 0) this.compare(plan.items, before[0], undefined);
      this.#spend();
      this.added.insert(this.#path);
    }
  }
}

interface Scope {
  readonly ignored: FieldSet;
  readonly budget?: OwnersBudget | undefined;
}

function scopeBelow(scope: Scope, element: PathElement): Scope {
  return scope.ignored.isEmpty ? scope : { ...scope, ignored: scope.ignored.below(element) };
}

/** Every path in a value, as it is owned when all of the value comes or goes, but for those that are ignored. */
function everythingIn(plan: TypedPlan, value: unknown, scope: Scope): FieldSet {
  const { ignored, budget } = scope;
  const deduced = deduce(plan, value);
  if (deduced.type === "scalar" || deduced.atomic) return FieldSet.empty;
  const nodes: FieldNode[] = [];
  const parts = deduced.type === "map" ? fieldsIn(deduced, value) : itemsIn(deduced, value, budget);
  for (const { element, plan: inner, value: item } of parts) {
    if (ignored.hasMember(element)) continue;
    if (deduced.type === "map") budget?.spend(element);
    const children = inner === undefined ? FieldSet.empty : everythingIn(inner, item, scopeBelow(scope, element));
    nodes.push({ element, isMember: true, children });
  }
  return FieldSet.of(nodes);
}

interface Part {
  readonly element: PathElement;
  /** Undefined: nothing that is in the value is owned for itself. */
  readonly plan: TypedPlan | undefined;
  readonly value: unknown;
}

function* fieldsIn({ fields, values }: MapPlan, map: unknown): Iterable<Part> {
  if (!isObject(map)) return;
  for (const key of Object.keys(map)) {
    const field = fields.get(key);
    const plan = field?.plan ?? values;
    const value = map[key];
    if (plan !== undefined && value !== undefined) yield { element: field?.element ?? fieldElement(key), plan, value };
  }
}

/** Items of one key are owned as they are, without what is in them. They are paid for before they are put in order. */
function* itemsIn(list: ListPlan, items: unknown, budget: OwnersBudget | undefined): Iterable<Part> {
  if (!Array.isArray(items)) return;
  for (const { element, after } of groupItems(list, { before: [], after: items }, budget))
    yield { element, plan: after.length === 1 ? list.items : undefined, value: after[0] };
}

function groupItems(plan: ListPlan, { before, after }: Sides, budget?: OwnersBudget): Iterable<Group> {
  const groups = new Map<string, Group>();
  const add = (item: unknown, side: "before" | "after"): void => {
    const element = elementOrNone(plan, item);
    if (element === undefined) return;
    let group = groups.get(element.text);
    if (group === undefined) {
      budget?.spend(element);
      group = { element, before: [], after: [] };
      groups.set(element.text, group);
    }
    group[side].push(item);
  };
  for (const item of before) add(item, "before");
  for (const item of after) add(item, "after");
  return groups.values();
}

/** Items that have no key cannot be owned. */
function elementOrNone(plan: ListPlan, item: unknown): PathElement | undefined {
  try {
    return elementOfItem(plan, item);
  } catch (error) {
    if (error instanceof ListItemError) return undefined;
    throw error;
  }
}
