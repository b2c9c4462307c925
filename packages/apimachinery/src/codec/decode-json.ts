import type { FreeSchema, Schema, StructSchema } from "../schema/schema.ts";
import { base64OfBytes, canonicalBase64 } from "./base64.ts";
import { canonicalize } from "./canonicalize.ts";
import { MAP_ENTRY, UNLIMITED, type DecodeBudget } from "./decode-budget.ts";
import { DecodeError } from "./decode-error.ts";
import { DecodeState } from "./decode-state.ts";
import { embeddedMeta } from "./embedded-meta.ts";
import { sharedFields, shareFields } from "./fields-pool.ts";
import { emptyStruct, finishMap, finishStruct, unknownOf, zeroOf } from "./go-zero.ts";
import { intOf } from "./json-int.ts";
import { FloatOverflow, JsonReader, NotJson, setOwn } from "./json-reader.ts";
import { findSyntaxError, MAX_DEPTH } from "./json-syntax.ts";
import { UINT8S, Op, isInRange, planOf, planValue, type FieldPlan, type StructPlan, type ValuePlan } from "./plan.ts";
import { pruneFree } from "./prune-free.ts";
import { canonicalAlternative } from "./schema-alternative.ts";
import { readNull, readText as readSelfText } from "./self-text.ts";

interface DecodeOptions {
  /** What the bytes are read as; any JSON when absent. */
  readonly schema?: Schema | undefined;
  /** How deep objects and lists may nest; 10,000 when absent. */
  readonly maxDepth?: number | undefined;
  /** For bytes of strangers. */
  readonly budget?: DecodeBudget | undefined;
}

interface Decoded {
  readonly value: unknown;
  /** Unknown and duplicate fields in the order of the bytes, such as `unknown field "spec.x"`; a hundred at most. */
  readonly strictErrors: readonly string[];
}

const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const COLON = 0x3a;
const QUOTE = 0x22;
const MAX_FREE_DEPTH = 2000;
const TRUE = 0x74;
const FALSE = 0x66;
const NULL = 0x6e;

/**
 * Reads JSON in one pass: strictly, by the schema, and into the form that Go's types would be written back in: fields in
 * Go's order, zero values left out where Go leaves them out, times and quantities in their one spelling.
 * @throws {DecodeError} with Go's message. Upstream: sigs.k8s.io/json#UnmarshalStrict
 */
export function decodeJson(bytes: Uint8Array, options: DecodeOptions = {}): Decoded {
  const decoder = new JsonDecoder(bytes, options.maxDepth ?? MAX_DEPTH, options.budget ?? UNLIMITED);
  return decoder.decode(options.schema);
}

/** As `decodeJson` of a kind's schema. */
export function decodeObject(
  bytes: Uint8Array,
  schema: StructSchema,
  budget?: DecodeBudget,
): { value: object; strictErrors: readonly string[] } {
  const { value, strictErrors } = decodeJson(bytes, { schema, budget });
  return { value: value as object, strictErrors };
}

class JsonDecoder {
  readonly #bytes: Uint8Array;
  readonly #maxDepth: number;
  readonly #reader: JsonReader;
  readonly #budget: DecodeBudget;
  readonly #state = new DecodeState();

  constructor(bytes: Uint8Array, maxDepth: number, budget: DecodeBudget) {
    this.#bytes = bytes;
    this.#maxDepth = maxDepth;
    this.#budget = budget;
    this.#reader = new JsonReader(bytes, maxDepth, budget);
  }

  decode(schema: Schema | undefined): Decoded {
    try {
      const value = this.#root(schema);
      this.#reader.end();
      this.#state.throwTypeError();
      return { value, strictErrors: this.#state.strictErrors };
    } catch (error) {
      throw this.#explain(error);
    }
  }

  #root(schema: Schema | undefined): unknown {
    if (schema === undefined) return this.#any();
    if (schema.type !== "struct") return this.#value(planValue(schema), undefined);
    if (this.#reader.peek() === OPEN_OBJECT) return this.#struct(planOf(schema, true), undefined);
    return this.#value(planValue(schema), undefined);
  }

  /** Broken syntax goes before everything else that is wrong, wherever it is. */
  #explain(error: unknown): unknown {
    if (error instanceof RangeError) return new DecodeError("syntax", "exceeded max depth", { cause: error });
    if (!(error instanceof NotJson || error instanceof FloatOverflow || error instanceof DecodeError)) return error;
    const syntax = findSyntaxError(this.#bytes, this.#maxDepth);
    if (syntax !== undefined) return new DecodeError("syntax", syntax);
    if (error instanceof DecodeError) return error;
    return new DecodeError("type", error instanceof NotJson ? "exceeded max depth" : error.message);
  }

  #any(): unknown {
    return this.#reader.value((path, key) => this.#state.duplicateBelow(path, key));
  }

  /** `previous` is what an earlier occurrence of the same field left behind: Go decodes into it. */
  #value(plan: ValuePlan, previous: unknown): unknown {
    const code = this.#reader.peek();
    if (code === NULL && !READS_NULL.has(plan.op)) return this.#null(plan, previous);
    switch (plan.op) {
      case Op.struct:
        return this.#structValue(plan, code, previous);
      case Op.list:
        return this.#list(plan, code, previous);
      case Op.map:
        return this.#map(plan, code, previous);
      case Op.string:
        return code === QUOTE ? this.#reader.string() : this.#mismatch(plan, code);
      case Op.int32:
      case Op.int64:
        return this.#int(plan, code);
      case Op.json:
        return this.#freeForm(() => this.#any());
      case Op.rawExtension:
      case Op.rawJson:
        return this.#freeForm(() => this.#reader.value());
      case Op.schemaOrArray:
      case Op.schemaOrBool:
      case Op.schemaOrStringArray:
        return this.#alternative(plan);
      case Op.free:
        return this.#custom(plan.schema as FreeSchema);
      case Op.fieldsV1:
        return this.#fields();
      default:
        return this.#scalar(plan, code);
    }
  }

  #alternative(plan: ValuePlan): unknown {
    return canonicalAlternative(
      plan,
      this.#freeForm(() => this.#reader.value()),
      canonicalize,
    );
  }

  #scalar(plan: ValuePlan, code: number): unknown {
    switch (plan.op) {
      case Op.bool:
        if (code !== TRUE && code !== FALSE) return this.#mismatch(plan, code);
        return this.#reader.scalar(code);
      case Op.float64:
        return isNumber(code) ? this.#float() : this.#mismatch(plan, code);
      case Op.bytes:
        return this.#bytesValue(plan, code);
      default:
        return this.#self(plan, code);
    }
  }

  #null(plan: ValuePlan, previous: unknown): unknown {
    this.#reader.word("null");
    return readNull(plan, previous);
  }

  /** A type that reads its own text: times, durations, quantities, numbers-or-strings. What is wrong with it ends everything. */
  #self(plan: ValuePlan, code: number): unknown {
    if (plan.op === Op.quantity) return this.#quantity(code);
    if (plan.op === Op.intOrString) return code === QUOTE ? this.#reader.string() : this.#int(INT32, code, true);
    if (code !== QUOTE) throw this.#state.typeError(kindOf(code), "string");
    return readSelfText(plan.op, this.#reader.string());
  }

  /** A quantity reads the bytes between the quotes, or a bare number as it is written. */
  #quantity(code: number): unknown {
    const reader = this.#reader;
    const start = reader.pos;
    reader.value();
    const raw = reader.text.slice(start, reader.pos);
    return readSelfText(Op.quantity, code === QUOTE ? raw.slice(1, -1) : raw);
  }

  #int(plan: ValuePlan, code: number, fatal = false): unknown {
    if (!isNumber(code)) {
      if (fatal) throw this.#state.typeError(kindOf(code), plan.goType);
      return this.#mismatch(plan, code);
    }
    const literal = this.#reader.number();
    const value = intOf(literal, plan.op === Op.int32);
    if (value !== undefined && isInRange(plan, value)) return value;
    const error = this.#state.typeError(`number ${literal}`, plan.goType);
    if (fatal) throw error;
    this.#state.saveTypeError(error);
    return null;
  }

  #float(): unknown {
    const literal = this.#reader.number();
    const value = Number(literal);
    if (!Number.isFinite(value)) this.#state.saveTypeError(this.#state.typeError(`number ${literal}`, "float64"));
    return value;
  }

  #bytesValue(plan: ValuePlan, code: number): unknown {
    if (code === OPEN_LIST) return base64OfBytes(this.#list(UINT8S, code, undefined) as number[]);
    if (code !== QUOTE) return this.#mismatch(plan, code);
    try {
      return canonicalBase64(this.#reader.string());
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#state.saveTypeError(error);
      return null;
    }
  }

  /**
   * What has no schema is kept as it is. Differs: it may nest 2,000 deep, not 10,000, because unlike what is only read,
   * it is later copied and compared by functions that call themselves.
   */
  #freeForm(read: () => unknown): unknown {
    const reader = this.#reader;
    const { maxDepth } = reader;
    reader.maxDepth = Math.min(maxDepth, reader.depth + MAX_FREE_DEPTH);
    const value = read();
    reader.maxDepth = maxDepth;
    return value;
  }

  #custom(schema: FreeSchema): unknown {
    const value = this.#freeForm(() => this.#any());
    return pruneFree(schema, value, {
      dropped: (path, field) => this.#state.pruned(path, field),
      meta: (name, meta, path) => embeddedMeta(name, meta, { state: this.#state, path, canonicalize }),
    });
  }

  /** Most sets of fields were seen before: then their text is not read, only found to be the same. */
  #fields(): unknown {
    const reader = this.#reader;
    const start = reader.pos;
    const end = reader.objectEnd();
    const known = end < 0 ? undefined : sharedFields(reader.text.slice(start, end));
    if (known !== undefined) {
      reader.pos = end;
      return known;
    }
    const value = this.#freeForm(() => reader.value());
    if (typeof value !== "object" || value === null) return value;
    return shareFields(reader.copy(start, reader.pos), value);
  }

  /** A value of the wrong type is passed over; the first such one is what is complained about. */
  #mismatch(plan: ValuePlan, code: number): null {
    if (!this.#state.hasTypeError) this.#state.saveTypeError(this.#state.typeError(kindOf(code), plan.goType));
    this.#reader.value();
    return null;
  }

  /** A second occurrence of the same field reads into the items of the first. */
  #list(plan: ValuePlan, code: number, previous: unknown): unknown {
    if (code !== OPEN_LIST) return this.#mismatch(plan, code);
    const reader = this.#reader;
    const items = plan.items!;
    const before = previous as readonly unknown[] | undefined | null;
    const out: unknown[] = [];
    reader.enter();
    if (reader.peek() === CLOSE_LIST) {
      reader.leave();
      return out;
    }
    do {
      this.#budget.spend(1);
      this.#state.path.push(out.length);
      out.push(this.#value(items, before?.[out.length]) ?? zeroOf(items));
      this.#state.path.pop();
    } while (reader.more(CLOSE_LIST));
    return out;
  }

  #map(plan: ValuePlan, code: number, previous: unknown): unknown {
    if (code !== OPEN_OBJECT) return this.#mismatch(plan, code);
    const reader = this.#reader;
    const items = plan.items!;
    const out = (previous as Record<string, unknown> | undefined | null) ?? {};
    const seen = previous ? new Set<string>() : undefined;
    reader.enter();
    if (reader.peek() === CLOSE_OBJECT) {
      reader.leave();
      return out;
    }
    do {
      this.#budget.spend(MAP_ENTRY);
      const key = reader.key();
      if (seen === undefined ? Object.hasOwn(out, key) : seen.has(key)) this.#state.duplicate(key);
      seen?.add(key);
      this.#state.path.push(key);
      setOwn(out, key, this.#value(items, undefined) ?? zeroOf(items));
      this.#state.path.pop();
    } while (reader.more(CLOSE_OBJECT));
    return finishMap(out);
  }

  #structValue(plan: ValuePlan, code: number, previous: unknown): unknown {
    if (code !== OPEN_OBJECT) return this.#mismatch(plan, code);
    return this.#struct(planOf(plan.struct!), previous as Record<string, unknown> | undefined);
  }

  #struct(plan: StructPlan, previous: Record<string, unknown> | undefined | null): unknown {
    const reader = this.#reader;
    this.#budget.spendOnStruct(plan.fields.length);
    const slots: unknown[] = new Array(plan.fields.length);
    const seen = previous ? new Set<FieldPlan>() : undefined;
    if (previous) for (const field of plan.fields) slots[field.index] = previous[field.name];
    reader.enter();
    if (reader.peek() === CLOSE_OBJECT) {
      reader.leave();
      return previous ?? emptyStruct(plan);
    }
    do this.#field(plan, slots, seen);
    while (reader.more(CLOSE_OBJECT));
    return finishStruct(plan, slots);
  }

  #field(plan: StructPlan, slots: unknown[], seen: Set<FieldPlan> | undefined): void {
    const field = this.#key(plan, slots);
    if (field === undefined) return;
    const before = slots[field.index];
    const isDuplicate = seen === undefined ? before !== undefined : seen.has(field);
    if (isDuplicate) this.#state.duplicate(field.name);
    seen?.add(field);
    this.#state.path.push(field);
    slots[field.index] = this.#value(field, before) ?? null;
    this.#state.path.pop();
  }

  /** Reads a key and its colon; undefined, and its value read, too, when the struct has no such field. */
  #key(plan: StructPlan, slots: unknown[]): FieldPlan | undefined {
    const reader = this.#reader;
    if (reader.peek() !== QUOTE) throw new NotJson();
    const start = reader.pos + 1;
    const end = reader.scanString();
    const quick = end < 0 ? undefined : plan.find(reader.text, start, end);
    if (quick !== undefined) {
      reader.pos = end + 1;
      reader.expect(COLON);
      return quick;
    }
    const name = reader.key();
    const field = plan.byName.get(name);
    if (field === undefined) this.#unknown(plan, name, slots);
    return field;
  }

  #unknown(plan: StructPlan, name: string, slots: unknown[]): void {
    if (!plan.keepsUnknown) {
      this.#state.dropped(plan.schema, name);
      this.#reader.value();
      return;
    }
    const kept = unknownOf(plan, slots);
    if (Object.hasOwn(kept, name)) this.#state.duplicate(name);
    this.#state.path.push(name);
    setOwn(
      kept,
      name,
      this.#freeForm(() => this.#any()),
    );
    this.#state.path.pop();
  }
}

/** Types that read null as they read anything else. */
const READS_NULL: ReadonlySet<Op> = new Set([Op.fieldsV1, Op.rawExtension, Op.rawJson, Op.json, Op.free]);
const INT32 = planValue({ type: "int32" });

const isNumber = (code: number): boolean => code === 0x2d || (code >= 0x30 && code <= 0x39);

/** What Go calls the value that starts with a character. */
function kindOf(code: number): string {
  switch (code) {
    case QUOTE:
      return "string";
    case OPEN_LIST:
      return "array";
    case OPEN_OBJECT:
      return "object";
    case TRUE:
    case FALSE:
      return "bool";
    default:
      return "number";
  }
}
