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
  type Draft,
  type KubeObject,
  type StructSchema,
} from "@dingi/apimachinery";
import { MERGE_PATCH, STRATEGIC_MERGE_PATCH, type PatchBody } from "./patch-body.ts";
import type { ObjectWrite } from "./write-call.ts";

export interface Patched {
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

const jsonOf = ({ type, body }: Patched, value: object): string =>
  encodeJson(type === MERGE_PATCH ? inPatchedOrder(value, body.value) : value);

/** What no object can be made of is the patch's fault. Upstream: …/patch.go#applyPatchToObject */
export function decodePatched(write: ObjectWrite, patch: Patched): Draft<KubeObject> {
  const { schema } = write.door.expected;
  const isStrategic = patch.type === STRATEGIC_MERGE_PATCH;
  const refuse = (problem: string): never => {
    const error = invalid("patch", isStrategic ? goPrint(patch.body.value) : jsonOf(patch, patch.patched), problem);
    throw newInvalid({ group: "", kind: "" }, "", [error]);
  };
  const { changed, kept } = divide(schema, patch);
  const problem = isStrategic ? restoreProblem(schema, changed) : typeProblem(write, patch.patched);
  if (problem !== undefined) refuse(problem);
  try {
    const { value, strictErrors } = decodeObject(Buffer.from(jsonOf(patch, changed)), schema, new DecodeBudget());
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

function typeProblem({ door }: ObjectWrite, patched: object): string | undefined {
  const { kind, apiVersion } = patched as { kind?: unknown; apiVersion?: unknown };
  const { expected } = door;
  if (typeof kind !== "string" || typeof apiVersion !== "string") return undefined;
  if (kind === expected.kind && apiVersion === expected.apiVersion) return undefined;
  return `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} as ${expected.kind}`;
}

function report({ decode }: ObjectWrite, strictErrors: readonly string[], refuse: (problem: string) => never): void {
  if (strictErrors.length === 0 || decode.fieldValidation === "Ignore") return;
  if (decode.fieldValidation === "Strict") refuse(`strict decoding error: ${strictErrors.join(", ")}`);
  for (const text of strictErrors) decode.warn(text);
}
