import type { KubeObject } from "@dingi/apimachinery";
import type { IndexFunction } from "./object-index.ts";

type Labels = Readonly<Record<string, string | undefined>>;

/** What an informer's indexes are asked. */
export interface IndexReader<T> {
  by(index: string, value: string): Iterable<T>;
  /** How many objects `by` yields. */
  count(index: string, value: string): number;
  /** The values under which there is something. */
  values(index: string): Iterable<string>;
}

const LABEL = "label";
const SELECTOR = "selector";
const SELECTOR_KEYS = "selector keys";

/** To find objects by their labels. */
export const labelIndexes: Readonly<Record<string, IndexFunction<KubeObject>>> = { [LABEL]: labelValues };

/** One value for each label of an object, within its namespace. */
export function labelValues({ metadata }: KubeObject): string[] {
  const place = metadata.namespace ?? "";
  return Object.entries(metadata.labels ?? {}).map(([key, value]) => pairIn(place, key, value));
}

/** To find objects by what they choose: the Services of a pod. `chosenBy` yields the labels that all must be there. */
export function selectorIndexes<T extends KubeObject>(
  chosenBy: (object: T) => Labels | undefined,
): Readonly<Record<string, IndexFunction<T>>> {
  return {
    [SELECTOR]: (object) => {
      const set = chosenBy(object);
      return set ? [setIn(object.metadata.namespace ?? "", Object.keys(set), set)] : [];
    },
    [SELECTOR_KEYS]: (object) => {
      const set = chosenBy(object);
      return set ? [JSON.stringify(Object.keys(set).toSorted())] : [];
    },
  };
}

/** The objects of a namespace that have all of these labels; `index` has the labels' values, "label" unless told. */
export function withLabels<T extends KubeObject>(
  objects: IndexReader<T>,
  { namespace, labels, index = LABEL }: { namespace: string; labels: Labels; index?: string },
): T[] {
  const wanted = Object.entries(labels);
  const values = wanted.map(([key, value]) => pairIn(namespace, key, value));
  const rarest = values.reduce<string | undefined>(
    (best, value) => (best === undefined || objects.count(index, value) < objects.count(index, best) ? value : best),
    undefined,
  );
  if (rarest === undefined) return [];
  return [...objects.by(index, rarest)].filter(({ metadata }) =>
    wanted.every(([key, value]) => metadata.labels?.[key] === value),
  );
}

/** The objects of a namespace that choose something with these labels. Selectors of the same keys are asked for at once. */
export function choosing<T extends KubeObject>(
  objects: IndexReader<T>,
  { namespace, labels }: { namespace: string; labels: Labels },
): T[] {
  const found: T[] = [];
  for (const text of objects.values(SELECTOR_KEYS)) {
    const keys = JSON.parse(text) as string[];
    if (keys.every((key) => labels[key] !== undefined))
      found.push(...objects.by(SELECTOR, setIn(namespace, keys, labels)));
  }
  return found;
}

function pairIn(namespace: string, key: string, value: string | undefined): string {
  return `${namespace}/${key}=${value ?? ""}`;
}

function setIn(namespace: string, keys: readonly string[], labels: Labels): string {
  const pairs = keys.toSorted().map((key) => `${key}=${labels[key] ?? ""}`);
  return `${namespace}/${pairs.join(",")}`;
}
