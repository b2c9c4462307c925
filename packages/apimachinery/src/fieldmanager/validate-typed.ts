import { MAX_TOLD_LENGTH } from "../errors/status-error.ts";
import { goPrint, isObject } from "../patch/json-value.ts";
import { elementOfItem, ListItemError } from "./list-elements.ts";
import { elementText, fieldElement, type PathElement } from "./path-element.ts";
import { deduce, type ListPlan, type MapPlan, type ScalarPlan, type TypedPlan } from "./typed-plan.ts";

/** A configuration does not fit its schema. The message is upstream's. */
export class TypedValueError extends Error {
  override name = "TypedValueError";

  constructor(errors: readonly string[]) {
    super(errors.length === 1 ? errors[0] : ["errors:", ...errors.map((error) => `  ${error}`)].join("\n"));
  }
}

/** @throws {TypedValueError}. Upstream: typed/validate.go */
export function validateTyped(plan: TypedPlan, value: unknown): void {
  const walker = new Walker();
  walker.visit(plan, value);
  if (walker.errors.length > 0) throw new TypedValueError(walker.errors);
}

class Walker {
  readonly errors: string[] = [];
  readonly #path: PathElement[] = [];
  #told = 0;

  visit(plan: TypedPlan, value: unknown): void {
    if (value === null || value === undefined) return;
    const deduced = deduce(plan, value);
    if (deduced.type === "scalar") this.#scalar(deduced, value);
    else if (deduced.type === "list") this.#list(deduced, value);
    else this.#map(deduced, value);
  }

  /** Every path may lead through a key of megabytes. */
  #fail(message: string): void {
    if (this.#told >= MAX_TOLD_LENGTH) return;
    const path = this.#path.map(elementText).join("");
    const error = path === "" ? message : `${path}: ${message}`;
    this.#told += error.length;
    this.errors.push(error);
  }

  #scalar({ scalar }: ScalarPlan, value: unknown): void {
    const isNumber = typeof value === "number" || typeof value === "bigint";
    if (scalar === "numeric" && !isNumber) this.#fail(`expected numeric (int or float), got ${goTypeOf(value)}`);
    else if (scalar === "string" && typeof value !== "string")
      this.#fail(`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
    else if (scalar === "boolean" && typeof value !== "boolean")
      this.#fail(`expected boolean, got &{${goPrint(value)}}`);
    else if (scalar === "untyped" && typeof value === "object")
      this.#fail(`expected any scalar, got &{${goPrint(value)}}`);
  }

  #list(plan: ListPlan, value: unknown): void {
    if (!Array.isArray(value)) return this.#fail(`expected list, got &{${goPrint(value)}}`);
    const seen = new Set<string>();
    for (const [i, item] of value.entries()) {
      const element = plan.atomic ? indexElement(i) : this.#identify(plan, item, i);
      if (element === undefined) return;
      if (seen.has(element.text)) this.#fail(`duplicate entries for key ${elementText(element)}`);
      seen.add(element.text);
      this.#path.push(element);
      this.visit(plan.items, item);
      this.#path.pop();
    }
  }

  #identify(plan: ListPlan, item: unknown, index: number): PathElement | undefined {
    try {
      return elementOfItem(plan, item);
    } catch (error) {
      if (!(error instanceof ListItemError)) throw error;
      this.#fail(`element ${index}: ${error.message}`);
      return undefined;
    }
  }

  #map(plan: MapPlan, value: unknown): void {
    if (!isObject(value)) return this.#fail(`expected map, got &{${goPrint(value)}}`);
    for (const key of Object.keys(value)) {
      const field = plan.fields.get(key);
      const itemPlan = field?.plan ?? plan.values;
      this.#path.push(field?.element ?? fieldElement(key));
      if (itemPlan === undefined) this.#fail("field not declared in schema");
      else this.visit(itemPlan, value[key]);
      this.#path.pop();
      if (itemPlan === undefined) return;
    }
  }
}

const indexElement = (index: number): PathElement => ({
  text: `i:${index}`,
  kind: "i",
  name: "",
  values: [["", index]],
});

function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  return isObject(value) ? "map[string]interface {}" : typeof value === "boolean" ? "bool" : "string";
}

/** As Go prints with %#v. */
function goSyntax(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (isObject(value)) {
    const entries = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${goSyntax(value[key])}`);
    return `map[string]interface {}{${entries.join(", ")}}`;
  }
  return typeof value === "string" ? JSON.stringify(value) : value === null ? "interface {}(nil)" : String(value);
}
