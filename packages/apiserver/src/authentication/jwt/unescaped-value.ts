import { CelDouble, CelList, CelMap, unescapeField, type Value } from "@dingi/cel";

/**
 * JSON as expressions about claims and users see it: every number is a double, and a field whose name no expression can
 * spell is found by its escaped name, `claims.kubernetes__dot__io`. Differs: whoever goes through all claims is given their
 * names, and upstream gives their values, by mistake.
 * Upstream: apiserver/plugin/pkg/authenticator/token/oidc/oidc.go#unescapeWrapper
 */
export function unescapedValue(raw: unknown): Value {
  if (typeof raw === "string" || typeof raw === "boolean") return raw;
  if (typeof raw === "number") return new CelDouble(raw);
  if (typeof raw !== "object" || raw === null) return null;
  return Array.isArray(raw) ? new UnescapedList(raw) : new UnescapedMap(raw as Record<string, unknown>);
}

class UnescapedList extends CelList {
  readonly #raw: readonly unknown[];

  constructor(raw: readonly unknown[]) {
    super();
    this.#raw = raw;
  }

  get size(): number {
    return this.#raw.length;
  }

  at(index: number): Value {
    return unescapedValue(this.#raw[index]);
  }
}

class UnescapedMap extends CelMap {
  readonly #raw: Readonly<Record<string, unknown>>;

  constructor(raw: Readonly<Record<string, unknown>>) {
    super();
    this.#raw = raw;
  }

  get size(): number {
    return Object.keys(this.#raw).length;
  }

  keys(): Iterable<Value> {
    return Object.keys(this.#raw);
  }

  find(key: Value): Value | undefined {
    const name = this.#nameOf(key);
    return name !== undefined && Object.hasOwn(this.#raw, name) ? unescapedValue(this.#raw[name]) : undefined;
  }

  override has(key: Value): boolean {
    const name = this.#nameOf(key);
    return name !== undefined && Object.hasOwn(this.#raw, name);
  }

  #nameOf(key: Value): string | undefined {
    return typeof key === "string" ? (unescapeField(key) ?? key) : undefined;
  }
}
