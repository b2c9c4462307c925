import { canonicalize, DecodeBudget, decodeJson, DecodeError, s, type Schema } from "@dingi/apimachinery";

/** Where the older version keeps the fields that it does not have. Upstream: pkg/apis/autoscaling/annotations.go */
export const METRICS = "autoscaling.alpha.kubernetes.io/metrics";
export const CURRENT_METRICS = "autoscaling.alpha.kubernetes.io/current-metrics";
export const CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions";
export const BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior";
/** Once one version's; they are taken out, too. */
const TOLERANCES = [
  "autoscaling.alpha.kubernetes.io/scale-down-tolerance",
  "autoscaling.alpha.kubernetes.io/scale-up-tolerance",
];
const ALL: ReadonlySet<string> = new Set([METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR, ...TOLERANCES]);

export function withoutOlderFields(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !ALL.has(name)));
}

/** Undefined: there is none, or it says something else. Both are passed over, as upstream does. */
export function readList<T>(text: string | undefined, items: Schema): readonly T[] | undefined {
  const list = readAs<{ readonly list?: readonly T[] | null }>(text, (list) => ({ list }), { list: s.list(items) });
  return list && (list.list ?? []);
}

/** As Go writes it: characters of HTML escaped, fields in their order, and without what is empty. */
export function writeList(values: readonly unknown[], items: Schema): string {
  const { list } = canonicalize(wrapper({ list: s.list(items) }), { list: values }) as { readonly list: unknown };
  return goJson(list);
}

export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** As much as annotations, of 256 KiB at most, can hold in earnest. What is in a text was not counted with the body. */
const MAX_PLACES = 20_000;

const valueOf = (text: string): unknown =>
  decodeJson(Buffer.from(text), { budget: new DecodeBudget(MAX_PLACES) }).value;

/** Throws StatusError 413 for more than an annotation can hold. */
export function readAs<T>(
  text: string | undefined,
  shape: (value: unknown) => unknown,
  fields: Readonly<Record<string, Schema>>,
): T | undefined {
  if (text === undefined) return undefined;
  try {
    return canonicalize(wrapper(fields), shape(valueOf(text))) as T;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

const wrapper = (fields: Readonly<Record<string, Schema>>) =>
  s.struct("Annotation", () =>
    Object.entries(fields).map(([name, schema], i) => s.field(name, i + 1, schema, { pointer: true, omitempty: true })),
  );
