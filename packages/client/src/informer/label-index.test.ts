import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@dingi/apimachinery";
import { countVisits } from "@dingi/base";
import { choosing, labelIndexes, selectorIndexes, withLabels, type IndexReader } from "./label-index.ts";
import { ObjectIndex, type IndexFunction } from "./object-index.ts";

interface Chooser extends KubeObject {
  readonly selector?: Record<string, string>;
}

function reader<T>(indexes: Readonly<Record<string, IndexFunction<T>>>, objects: readonly T[]): IndexReader<T> {
  const made = new Map(Object.entries(indexes).map(([name, values]) => [name, new ObjectIndex(values)]));
  for (const index of made.values()) for (const object of objects) index.replace(undefined, object);
  return {
    by: (index, value) => made.get(index)!.get(value),
    count: (index, value) => made.get(index)!.count(value),
    values: (index) => made.get(index)!.values,
  };
}

const labelled = (name: string, labels: Record<string, string>, namespace = "ns"): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, labels },
});
const chooser = (name: string, selector: Record<string, string> | undefined, namespace = "ns"): Chooser => ({
  ...labelled(name, {}, namespace),
  ...(selector ? { selector } : {}),
});
const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name);
const choosers = (...objects: Chooser[]) =>
  reader<Chooser>(
    selectorIndexes(({ selector }) => selector),
    objects,
  );

test("finds what has all labels, in its namespace only", () => {
  const objects = reader(labelIndexes, [
    labelled("both", { app: "web", tier: "front" }),
    labelled("one", { app: "web" }),
    labelled("elsewhere", { app: "web", tier: "front" }, "other"),
  ]);
  const find = (labels: Record<string, string>) => names(withLabels(objects, { namespace: "ns", labels }));
  assert.deepEqual(find({ app: "web", tier: "front" }), ["both"]);
  assert.deepEqual(find({ app: "web" }), ["both", "one"]);
  assert.deepEqual(find({ app: "db" }), []);
});

test("finds who chooses, whatever the order of its labels", () => {
  const objects = choosers(
    chooser("web", { app: "web" }),
    chooser("front", { tier: "front", app: "web" }),
    chooser("db", { app: "db" }),
    chooser("all", {}),
    chooser("nobody", undefined),
    chooser("elsewhere", { app: "web" }, "other"),
  );
  const find = (labels: Record<string, string>) => names(choosing(objects, { namespace: "ns", labels })).toSorted();
  assert.deepEqual(find({ app: "web", tier: "front", more: "x" }), ["all", "front", "web"]);
  assert.deepEqual(find({ tier: "front" }), ["all"]);
});

async function costAmong(count: number): Promise<number> {
  // One label that all share, and one that tells them apart.
  const sets = Array.from({ length: count }, (_, i) => ({ app: "web", instance: String(i) }));
  const pods = reader(
    labelIndexes,
    sets.map((labels, i) => labelled(String(i), labels)),
  );
  const services = choosers(...sets.map((labels, i) => chooser(String(i), labels)));
  return await countVisits(() => {
    assert.deepEqual(names(withLabels(pods, { namespace: "ns", labels: sets[7]! })), ["7"]);
    assert.deepEqual(names(choosing(services, { namespace: "ns", labels: sets[7]! })), ["7"]);
  });
}

test("finds one among twenty thousand as it does among two hundred", async () => {
  assert.equal(await costAmong(20_000), await costAmong(200));
});
