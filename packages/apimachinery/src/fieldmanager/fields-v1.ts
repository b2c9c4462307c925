import { encodeJson } from "../codec/encode-json.ts";
import { shareFields } from "../codec/fields-pool.ts";
import { isObject, type JsonObject } from "../patch/json-value.ts";
import { FieldSet } from "./field-set.ts";
import { parsePathElement } from "./path-element.ts";

/** A set of fields on the wire: `{"f:metadata":{"f:labels":{".":{},"f:app":{}}}}`. Frozen, and shared by equal sets. */
type FieldsV1 = Readonly<JsonObject>;

const parsed = new WeakMap<object, FieldSet>();
const written = new WeakMap<FieldSet, FieldsV1>();

/** Upstream: fieldpath/serialize.go#ToJSON */
export function encodeFieldsV1(set: FieldSet): FieldsV1 {
  let fields = written.get(set);
  if (fields === undefined) {
    const object = toObject(set, false);
    fields = (set.isLargerThan(MOST_SHARED) ? object : shareFields(encodeJson(object), object)) as FieldsV1;
    written.set(set, fields);
    parsed.set(fields, set);
  }
  return fields;
}

/** Nothing below: most of what there is to write. */
const NOTHING: JsonObject = Object.freeze({});
/** Paths. What is wider is hardly ever owned alike, and its text too long for those that are kept. */
const MOST_SHARED = 2000;

/** Frozen on the way: to go through it all again for that would cost as much. */
function toObject(set: FieldSet, isMember: boolean): JsonObject {
  if (set.isEmpty) return NOTHING;
  const out: JsonObject = {};
  if (isMember) out["."] = NOTHING;
  for (const node of set.sorted()) out[node.element.text] = toObject(node.children, node.isMember);
  return Object.freeze(out);
}

/** @throws {Error} when it is no set of fields. Upstream: fieldpath/serialize.go#FromJSON */
export function decodeFieldsV1(fields: unknown): FieldSet {
  if (fields === undefined || fields === null) return FieldSet.empty;
  if (!isObject(fields)) throw new Error("managed fields are no object");
  let set = parsed.get(fields);
  if (set === undefined) {
    set = fromObject(fields).children;
    // What is frozen will still be the same when it is asked for again.
    if (Object.isFrozen(fields)) parsed.set(fields, set);
  }
  return set;
}

/** An object without anything below it is a member of its parent. */
function fromObject(fields: JsonObject): { isMember: boolean; children: FieldSet } {
  const nodes: { element: NonNullable<ReturnType<typeof parsePathElement>>; isMember: boolean; children: FieldSet }[] =
    [];
  let isMember = false;
  for (const key of Object.keys(fields)) {
    if (key === ".") {
      isMember = true;
      continue;
    }
    const element = parsePathElement(key);
    if (element === undefined) continue;
    const below = fields[key] ?? {};
    if (!isObject(below)) throw new Error("managed fields are no object");
    nodes.push({ element, ...fromObject(below) });
  }
  return { isMember: isMember || nodes.length === 0, children: FieldSet.of(nodes) };
}
