import {
  copyBySchema,
  DecodeBudget,
  DecodeError,
  decodeObject,
  encodeJson,
  goPrint,
  invalid,
  isObject,
  newInvalid,
  restoreProblem,
  s,
  type Draft,
  type KubeObject,
  type StructSchema,
} from "@dingi/apimachinery";
import { checkCustomType } from "../negotiation/decode.ts";
import { conversionProblem, readTypeMeta, withDefaults } from "../negotiation/type-meta.ts";
import { checkName } from "../registry/metadata.ts";
import { JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, type PatchBody } from "./patch-body.ts";
import type { ObjectWrite } from "./write-call.ts";

interface Patched {
  readonly type: string;
  readonly body: PatchBody;
  /** What the patch was applied to; it was decoded once. */
  readonly live: KubeObject;
  readonly patched: object;
}

/**
 * What is to be decoded anew, and copies of the fields that the patch has not touched: they are of the schema as they are,
 * and are most of an object.
 */
function divide(
  schema: StructSchema,
  { live, patched }: Patched,
): { readonly changed: object; readonly kept: Readonly<Record<string, unknown>> } {
  if (!isObject(patched)) return { changed: patched, kept: {} };
  const before = new Map<string, unknown>(Object.entries(live));
  const isKept = ([name, value]: readonly [string, unknown]) =>
    schema.fields.has(name) && isObject(value) && value === before.get(name);
  const { kept = [], changed = [] } = Object.groupBy(Object.entries(patched), (field) =>
    isKept(field) ? "kept" : "changed",
  );
  return {
    changed: Object.fromEntries(changed),
    kept: Object.fromEntries(kept.map(([name, value]) => [name, copyBySchema(schema.fields.get(name)!.schema, value)])),
  };
}

function jsonOf({ type, body }: Patched, value: object): string {
  if (type === MERGE_PATCH) return encodeJson(inPatchedOrder(value, body.value));
  // Only at the top: deeper, it would have to be known what each operation has gone through.
  return encodeJson(type === JSON_PATCH ? inPatchedOrder(value, {}) : value);
}

/** What no object can be made of is the patch's fault. Upstream: …/patch.go#applyPatchToObject */
export async function decodePatched(write: ObjectWrite, patch: Patched): Promise<Draft<KubeObject>> {
  const { schema } = write.door.expected;
  const isStrategic = patch.type === STRATEGIC_MERGE_PATCH;
  const refuse = (problem: string): never => {
    const error = invalid("patch", isStrategic ? goPrint(patch.body.value) : jsonOf(patch, patch.patched), problem);
    throw newInvalid({ group: "", kind: "" }, "", [error]);
  };
  const { changed, kept } = divide(schema, patch);
  const problem = typeProblem(write, patch) ?? (isStrategic ? restoreProblem(schema, changed) : undefined);
  if (problem !== undefined) refuse(problem);
  requireVersion(write, patch, refuse);
  const json = Buffer.from(jsonOf(patch, changed));
  await write.context.clock.yieldIfDue();
  try {
    const { value, strictErrors } = decodeObject(json, schema, new DecodeBudget());
    report(write, [...patch.body.strictErrors, ...strictErrors], refuse);
    return Object.assign(value, kept) as Draft<KubeObject>;
  } catch (error) {
    if (error instanceof DecodeError) return refuse(error.message);
    throw error;
  }
}

/** What a merge patch has touched is written with its keys in order, upstream, and the rest as it was. */
function inPatchedOrder(value: unknown, patch: unknown): unknown {
  if (!isObject(value) || !isObject(patch)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, inPatchedOrder(value[key], patch[key])]));
}

/** Why what a patch has made is not of the kind that it was; of a strategic patch the kind is the path's. */
function typeProblem({ door, decode }: ObjectWrite, { type, body, patched }: Patched): string | undefined {
  if (type === STRATEGIC_MERGE_PATCH) return isObject(body.value) ? restoreProblem(TYPE_META, body.value) : undefined;
  if (!isObject(patched)) return undefined;
  const meta = readTypeMeta(patched);
  if (typeof meta === "string") return meta;
  if (door.expected.custom) {
    checkCustomType(patched, door.expected);
    return undefined;
  }
  return conversionProblem(withDefaults(meta, door.expected), door.expected, decode.isRegistered);
}

const TYPE_META = s.struct("TypeMeta", () => [s.field("kind", 1, s.string), s.field("apiVersion", 2, s.string)]);

/**
 * An object without a version is read, upstream, as one of its own types, whose fields have other names: so it has none that
 * it could be told by. Upstream: apimachinery/pkg/runtime/serializer/json/json.go#gvkWithDefaults, of "__internal"
 */
function requireVersion(write: ObjectWrite, patch: Patched, refuse: (problem: string) => never): void {
  if (patch.type === STRATEGIC_MERGE_PATCH || !isObject(patch.patched) || patch.patched["apiVersion"]) return;
  const unknown = Object.keys(patch.patched).filter((name) => name !== "kind" && name !== "apiVersion");
  report(
    write,
    unknown.map((name) => `unknown field ${JSON.stringify(name)}`),
    refuse,
  );
  checkName({ metadata: {} }, write.call.info.name);
}

function report({ decode }: ObjectWrite, strictErrors: readonly string[], refuse: (problem: string) => never): void {
  if (strictErrors.length === 0 || decode.fieldValidation === "Ignore") return;
  if (decode.fieldValidation === "Strict") refuse(`strict decoding error: ${strictErrors.join(", ")}`);
  for (const text of strictErrors) decode.warn(text);
}
