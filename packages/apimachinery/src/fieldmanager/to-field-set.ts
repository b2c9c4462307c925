import { isObject, type JsonObject } from "../patch/json-value.ts";
import { FieldSetBuilder, type FieldSet } from "./field-set.ts";
import { elementOfItem } from "./list-elements.ts";
import type { OwnersBudget } from "./owners-budget.ts";
import { fieldElement, type PathElement } from "./path-element.ts";
import { deduce, type ListPlan, type MapPlan, type TypedPlan } from "./typed-plan.ts";

/** Every leaf and list item that a value mentions. @throws {OwnersTooLarge}. Upstream: typed/tofieldset.go */
export function toFieldSet(plan: TypedPlan, value: unknown, budget?: OwnersBudget): FieldSet {
  const walker = new Walker(budget);
  walker.visit(plan, value);
  return walker.set.build();
}

class Walker {
  readonly set = new FieldSetBuilder();
  readonly #path: PathElement[] = [];
  readonly #budget: OwnersBudget | undefined;

  constructor(budget: OwnersBudget | undefined) {
    this.#budget = budget;
  }

  #enter(element: PathElement): void {
    this.#budget?.spend(element);
    this.#path.push(element);
  }

  visit(plan: TypedPlan, value: unknown): void {
    const deduced = deduce(plan, value);
    if (deduced.type === "scalar" || deduced.atomic) this.set.insert(this.#path);
    else if (deduced.type === "list") this.#list(deduced, value);
    else this.#map(deduced, value);
  }

  #list(plan: ListPlan, value: unknown): void {
    if (!Array.isArray(value)) return;
    const elements = value.map((item) => elementOfItem(plan, item));
    const counts = new Map<string, number>();
    for (const { text } of elements) counts.set(text, (counts.get(text) ?? 0) + 1);
    for (const [i, element] of elements.entries()) {
      this.#enter(element);
      // Duplicates are owned as they are, without what is in them.
      if (counts.get(element.text) === 1) this.visit(plan.items, value[i]);
      this.set.insert(this.#path);
      this.#path.pop();
    }
  }

  #map(plan: MapPlan, value: unknown): void {
    if (!isObject(value)) return;
    const { fields, values } = plan;
    for (const key of Object.keys(value)) {
      const item = value[key];
      if (item === undefined) continue;
      const field = fields.get(key);
      const itemPlan = field?.plan ?? values;
      if (itemPlan === undefined) continue;
      this.#enter(field?.element ?? fieldElement(key));
      this.visit(itemPlan, item);
      if (field === undefined || item === null || isEmptyMap(item)) this.set.insert(this.#path);
      this.#path.pop();
    }
  }
}

const isEmptyMap = (value: unknown): boolean => isObject(value) && isEmpty(value);

export function isEmpty(map: JsonObject): boolean {
  for (const key in map) if (map[key] !== undefined) return false;
  return true;
}
