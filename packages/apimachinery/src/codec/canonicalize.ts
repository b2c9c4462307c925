import type { FreeSchema, StructSchema } from "../schema/schema.ts";
import { base64OfBytes, canonicalBase64 } from "./base64.ts";
import { copyJson } from "./copy-by-schema.ts";
import { DecodeError } from "./decode-error.ts";
import { DecodeState } from "./decode-state.ts";
import { isShared } from "./fields-pool.ts";
import { embeddedMeta } from "./embedded-meta.ts";
import { finishMap, finishStruct, isWritten, unknownOf, zeroOf } from "./go-zero.ts";
import { isInt } from "./json-int.ts";
import { setOwn } from "./json-reader.ts";
import { UINT8S, Op, isInRange, planOf, planValue, type StructPlan, type ValuePlan } from "./plan.ts";
import { pruneFree } from "./prune-free.ts";
import { canonicalAlternative, isAlternative } from "./schema-alternative.ts";
import { readNull, readText } from "./self-text.ts";

/**
 * A new object in the form that Go's types would be written back in, from any value: a patched object, YAML, an object
 * made in memory. The same rules as `decodeJson`; unknown fields are dropped and, with `strictErrors`, reported there.
 * @throws {DecodeError} with Go's message when a value does not fit
 */
export function canonicalize(schema: StructSchema, value: unknown, strictErrors?: string[]): object {
  const walker = new Canonicalizer();
  try {
    const result = walker.root(schema, value);
    strictErrors?.push(...walker.strictErrors);
    return result;
  } catch (error) {
    throw error instanceof RangeError ? new DecodeError("type", "exceeded max depth", { cause: error }) : error;
  }
}

class Canonicalizer {
  readonly #state = new DecodeState();

  get strictErrors(): readonly string[] {
    return this.#state.strictErrors;
  }

  root(schema: StructSchema, value: unknown): object {
    const result = isObject(value) ? this.#struct(planOf(schema, true), value) : this.#value(planValue(schema), value);
    this.#state.throwTypeError();
    return (result ?? zeroOf(planValue(schema))) as object;
  }

  #value(plan: ValuePlan, value: unknown): unknown {
    switch (plan.op) {
      case Op.json:
      case Op.rawExtension:
      case Op.rawJson:
        return copyJson(value);
      case Op.free:
        return pruneFree(plan.schema as FreeSchema, copyJson(value), {
          dropped: (path, key) => this.#state.pruned(path, key),
          meta: (name, meta, path) => embeddedMeta(name, meta, { state: this.#state, path, canonicalize }),
        });
      case Op.fieldsV1:
        return isShared(value) ? value : copyJson(value);
      default:
        if (isAlternative(plan.op)) return canonicalAlternative(plan, value, canonicalize);
        return value === null || value === undefined ? readNull(plan, undefined) : this.#present(plan, value);
    }
  }

  #present(plan: ValuePlan, value: unknown): unknown {
    switch (plan.op) {
      case Op.struct:
        return isObject(value) ? this.#struct(planOf(plan.struct!), value) : this.#mismatch(plan, value);
      case Op.list:
        return Array.isArray(value) ? this.#list(plan, value) : this.#mismatch(plan, value);
      case Op.map:
        return isObject(value) ? this.#map(plan, value) : this.#mismatch(plan, value);
      case Op.string:
        return typeof value === "string" ? value : this.#mismatch(plan, value);
      case Op.bool:
        return typeof value === "boolean" ? value : this.#mismatch(plan, value);
      default:
        return this.#scalar(plan, value);
    }
  }

  #scalar(plan: ValuePlan, value: unknown): unknown {
    switch (plan.op) {
      case Op.int32:
      case Op.int64:
        return this.#int(plan, value);
      case Op.float64:
        return isNumber(value) ? Number(value) : this.#mismatch(plan, value);
      case Op.bytes:
        return this.#bytes(plan, value);
      default:
        return this.#self(plan, value);
    }
  }

  #int(plan: ValuePlan, value: unknown): unknown {
    if (!isNumber(value)) return this.#mismatch(plan, value);
    if (isInt(value, plan.op === Op.int32) && isInRange(plan, value)) return value;
    this.#state.saveTypeError(this.#state.typeError(`number ${value}`, plan.goType));
    return null;
  }

  #bytes(plan: ValuePlan, value: unknown): unknown {
    if (Array.isArray(value)) return base64OfBytes(this.#list(UINT8S, value) as number[]);
    if (typeof value !== "string") return this.#mismatch(plan, value);
    try {
      return canonicalBase64(value);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#state.saveTypeError(error);
      return null;
    }
  }

  #self(plan: ValuePlan, value: unknown): unknown {
    if (plan.op === Op.intOrString) return this.#intOrString(value);
    if (plan.op === Op.quantity && isNumber(value)) return readText(plan.op, String(value));
    if (plan.op === Op.quantity && typeof value !== "string") return readText(plan.op, "{}");
    if (typeof value !== "string") throw this.#state.typeError(kindOf(value), "string");
    return readText(plan.op, value);
  }

  #intOrString(value: unknown): unknown {
    if (typeof value === "string") return value;
    if (isNumber(value) && isInt(value, true)) return value;
    throw this.#state.typeError(isNumber(value) ? `number ${value}` : kindOf(value), "int32");
  }

  #mismatch(plan: ValuePlan, value: unknown): null {
    this.#state.saveTypeError(this.#state.typeError(kindOf(value), plan.goType));
    return null;
  }

  #list(plan: ValuePlan, list: readonly unknown[]): unknown[] {
    const items = plan.items!;
    const out: unknown[] = [];
    for (let i = 0; i < list.length; i++) {
      this.#state.path.push(i);
      out.push(this.#value(items, list[i]) ?? zeroOf(items));
      this.#state.path.pop();
    }
    return out;
  }

  #map(plan: ValuePlan, map: Readonly<Record<string, unknown>>): unknown {
    const items = plan.items!;
    const out: Record<string, unknown> = {};
    for (const key of Object.keys(map)) {
      if (map[key] === undefined) continue;
      this.#state.path.push(key);
      setOwn(out, key, this.#value(items, map[key]) ?? zeroOf(items));
      this.#state.path.pop();
    }
    return finishMap(out);
  }

  #struct(plan: StructPlan, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    // Fields are in Go's order most of the time; only where they are not, they are put into it.
    let slots: unknown[] | undefined;
    let last = -1;
    let always = 0;
    for (const key of Object.keys(value)) {
      if (value[key] === undefined) continue;
      const field = plan.byName.get(key);
      if (field === undefined) {
        if (plan.keepsUnknown) setOwn(unknownOf(plan, (slots ??= slotsOf(plan, out))), key, copyJson(value[key]));
        else this.#state.dropped(plan.schema, key);
        continue;
      }
      this.#state.path.push(field);
      const item = this.#value(field, value[key]);
      this.#state.path.pop();
      if (slots === undefined && field.index < last) slots = slotsOf(plan, out);
      if (slots !== undefined) slots[field.index] = item;
      else if (isWritten(field, item)) {
        last = field.index;
        out[key] = item;
        if (field.absence !== "omit") always++;
      }
    }
    if (slots === undefined && always === plan.alwaysWritten) return out;
    return finishStruct(plan, slots ?? slotsOf(plan, out));
  }
}

function slotsOf(plan: StructPlan, object: Readonly<Record<string, unknown>>): unknown[] {
  const slots: unknown[] = new Array(plan.fields.length);
  for (const key of Object.keys(object)) slots[plan.byName.get(key)!.index] = object[key];
  return slots;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isNumber = (value: unknown): value is number | bigint => typeof value === "number" || typeof value === "bigint";

/** What Go calls a value of this type. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (isNumber(value)) return "number";
  return typeof value === "boolean" ? "bool" : typeof value;
}
