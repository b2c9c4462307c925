import { equalJson, isObject } from "@dingi/apimachinery";
import { additionalOf, itemsOf, type Schema } from "../customresourcedefinition/subschemas.ts";

/**
 * A value together with what it was before: fields correlate by their names, items of lists that are maps by their keys, and
 * other items not at all. Upstream: k8s.io/apiserver/pkg/cel/common/equality.go
 */
export class Correlated {
  readonly value: unknown;
  readonly old: unknown;
  readonly #schema: Schema;
  #isSame: boolean | undefined;
  #children: Map<string | number, Correlated | undefined> | undefined;
  #byKey: Map<string, unknown> | undefined;

  constructor(schema: Schema, value: unknown, old: unknown) {
    this.#schema = schema;
    this.value = value;
    this.old = old;
  }

  /** Whether nothing of it has changed. */
  get isSame(): boolean {
    return (this.#isSame ??= this.#compare());
  }

  field(name: string): Correlated | undefined {
    return this.#child(name, () => this.#makeField(name));
  }

  item(index: number): Correlated | undefined {
    return this.#child(index, () => this.#makeItem(index));
  }

  #child(key: string | number, make: () => Correlated | undefined): Correlated | undefined {
    this.#children ??= new Map();
    if (!this.#children.has(key)) this.#children.set(key, make());
    return this.#children.get(key);
  }

  #makeField(name: string): Correlated | undefined {
    const { value, old } = this;
    if (!isObject(value) || !isObject(old) || !Object.hasOwn(value, name) || !Object.hasOwn(old, name))
      return undefined;
    const properties: Readonly<Record<string, Schema>> = this.#schema.properties ?? {};
    const schema = Object.hasOwn(properties, name) ? properties[name] : additionalOf(this.#schema);
    return schema && new Correlated(schema, value[name], old[name]);
  }

  #makeItem(index: number): Correlated | undefined {
    const items = itemsOf(this.#schema);
    if (!items || this.#schema["x-kubernetes-list-type"] !== "map") return undefined;
    if (!Array.isArray(this.value) || !Array.isArray(this.old)) return undefined;
    const keys = this.#schema["x-kubernetes-list-map-keys"] ?? [];
    this.#byKey ??= new Map(this.old.map((item): [string, unknown] => [itemKey(item, keys), item]));
    const value: unknown = this.value[index];
    const old = this.#byKey.get(itemKey(value, keys));
    return old === undefined || old === null ? undefined : new Correlated(items, value, old);
  }

  #compare(): boolean {
    const { value, old } = this;
    if (isNull(value) || isNull(old)) return isNull(value) && isNull(old);
    if (Array.isArray(value) && Array.isArray(old)) return this.#sameItems(value, old);
    return isObject(value) && isObject(old) ? this.#sameFields(value, old) : equalJson(value, old);
  }

  #sameItems(value: readonly unknown[], old: readonly unknown[]): boolean {
    if (this.#schema["x-kubernetes-list-type"] !== "map") return equalJson(value, old);
    return value.length === old.length && value.every((_, i) => this.item(i)?.isSame ?? false);
  }

  #sameFields(value: Readonly<Record<string, unknown>>, old: Readonly<Record<string, unknown>>): boolean {
    const names = Object.keys(value);
    return names.length === Object.keys(old).length && names.every((name) => this.field(name)?.isSame ?? false);
  }
}

const isNull = (value: unknown): boolean => value === null || value === undefined;

/** What tells an item of a list that is a map from the others. */
export function itemKey(item: unknown, keys: readonly string[]): string {
  const object = isObject(item) ? item : {};
  return JSON.stringify(
    keys.map((key) => (Object.hasOwn(object, key) ? [typeof object[key], String(object[key])] : [])),
  );
}
