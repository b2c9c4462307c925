import type { HttpCase, HttpStep } from "./case.ts";
import type { KindExample } from "./kind-example.ts";

type Path = readonly (string | number)[];
type Json = Record<string | number, unknown>;

/** Each field of a full object is made wrong, one at a time: what is not validated shows as an object that was made. */
export function fieldCases(kinds: readonly KindExample[]): HttpCase[] {
  return kinds.map((kind) => ({
    name: `${kind.root.replace(/^\/apis?\//, "")}/${kind.resource}: one wrong field`,
    steps: stepsOf(kind),
  }));
}

function stepsOf(kind: KindExample): HttpStep[] {
  const { root, resource, namespaced, full, unanswered = [] } = kind;
  const isAnswered = ({ at }: Wrong) => !unanswered.some((field) => at === `${field} absent`);
  const collection = namespaced ? `${root}/namespaces/{ns}/${resource}` : `${root}/${resource}`;
  const object = { ...full, metadata: { name: "{ns}-x", labels: { app: "a" }, annotations: { a: "b" } } };
  return [...wrongFields(object, [])].filter(isAnswered).map(({ at, body }) => ({
    do: `POST ${collection}?dryRun=All&at=${encodeURIComponent(at)}`,
    body,
    refusalOnly: true,
  }));
}

interface Wrong {
  /** "spec.containers.0.name absent" */
  readonly at: string;
  readonly body: object;
}

function* wrongFields(object: object, path: Path): Iterable<Wrong> {
  const value = valueAt(object, path);
  for (const [how, wrong] of path.length === 0 ? [] : wrongValues(value)) {
    const body = structuredClone(object);
    replace(body, path, wrong);
    yield { at: `${path.join(".")} ${how}`, body };
  }
  // Templates of pods are those of pods, which have a case of their own.
  if (typeof value !== "object" || value === null || path.join(".") === "spec.template.spec") return;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value))
    yield* wrongFields(object, [...path, key]);
}

function wrongValues(value: unknown): [how: string, wrong: unknown][] {
  const absent: [string, unknown] = ["absent", undefined];
  if (typeof value === "string")
    return [absent, ["empty", ""], ["nonsense", "No Such/Value!"], ["a number", 7], ["too long", "x".repeat(300)]];
  if (typeof value === "number")
    return [absent, ["negative", -7], ["zero", 0], ["huge", 99_999_999], ["a string", "seven"]];
  if (typeof value === "boolean") return [absent, ["turned", !value], ["a string", "yes"]];
  if (!Array.isArray(value)) return [absent, ["empty", {}], ["a list", []], ["null", null]];
  return [
    absent,
    ["empty", []],
    ["twice", [...(value as unknown[]), ...(value as unknown[])]],
    ["an object", {}],
    ["null", null],
  ];
}

function valueAt(object: object, path: Path): unknown {
  let value: unknown = object;
  for (const key of path) value = (value as Json)[key];
  return value;
}

function replace(object: object, path: Path, wrong: unknown): void {
  const parent = valueAt(object, path.slice(0, -1)) as Json;
  const last = path.at(-1)!;
  if (wrong !== undefined) parent[last] = wrong;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
}
