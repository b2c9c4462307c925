import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, seededRandom } from "@dingi/base";
import {
  canonicalize,
  convertAtOnce,
  type AnyKind,
  type Draft,
  type KubeObject,
  type StrategyContext,
} from "@dingi/apimachinery";
import { builtinKinds, builtinReviews } from "./index.ts";
import { StrangeObjects } from "./testing/strange-object.ts";

const ROUNDS = 60;

for (const kind of builtinKinds) {
  for (const [apiVersion, version] of Object.entries(kind.versions)) {
    test(`${apiVersion} ${kind.kind} takes anything that decodes`, () => {
      const objects = new StrangeObjects(seededRandom(7));
      let old = born(kind, apiVersion, {});
      for (let round = 0; round < ROUNDS; round++) {
        const body = objects.make(version.schema);
        try {
          const object = born(kind, apiVersion, body);
          change(kind, object, old, apiVersion);
          old = object;
        } catch (error) {
          throw new Error(`Stumbled over ${JSON.stringify(body)}`, { cause: error });
        }
      }
    });
  }
}

for (const review of builtinReviews) {
  test(`${review.kind} takes anything that decodes`, () => {
    const objects = new StrangeObjects(seededRandom(7));
    for (let round = 0; round < ROUNDS; round++) {
      const object = canonicalize(review.schema, objects.make(review.schema)) as Draft<KubeObject>;
      review.defaults?.(object);
      assert.ok(Array.isArray(review.validate?.(object) ?? []));
    }
  });
}

function born(kind: AnyKind, apiVersion: string, body: Record<string, unknown>): Draft<KubeObject> {
  const version = kind.versions[apiVersion]!;
  const { strategy } = kind;
  const decoded = canonicalize(version.schema, body) as Draft<KubeObject>;
  version.defaults?.(decoded);
  const object = convertAtOnce(kind, decoded, { from: apiVersion, to: kind.apiVersion }) as Draft<KubeObject>;
  strategy.prepareForCreate?.(object, contextOf(apiVersion));
  strategy.validate?.(object, contextOf(apiVersion));
  strategy.warningsOnCreate?.(object);
  strategy.canonicalize?.(object);
  for (const column of kind.columns) column.value(object, { nowMs: 0 });
  convertAtOnce(kind, object, { from: kind.apiVersion, to: apiVersion });
  for (const name of kind.fields.names) kind.fields.get(object as KubeObject, name);
  return object;
}

/** Through every door, of the object as a client left it: a status may not fit the spec at all. */
function change(kind: AnyKind, object: KubeObject, old: KubeObject, apiVersion: string): void {
  const doors = Object.values(kind.subresources).flatMap((door) => (door.type === "update" ? [door.strategy] : []));
  for (const strategy of [kind.strategy, ...doors]) {
    const changed = structuredClone(object) as Draft<KubeObject>;
    strategy.prepareForUpdate?.(changed, old, contextOf(apiVersion));
    strategy.validateUpdate?.(changed, old, contextOf(apiVersion));
    strategy.warningsOnUpdate?.(changed, old);
    for (const column of kind.columns) column.value(changed, { nowMs: 0 });
  }
}

const contextOf = (apiVersion: string): StrategyContext => ({
  clock: new FakeClock(),
  random: seededRandom(1),
  user: { name: "somebody", groups: [] },
  dryRun: false,
  apiVersion,
});
