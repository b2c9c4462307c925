import assert from "node:assert/strict";
import { test } from "node:test";
import { freezeDeep } from "../codec/freeze-deep.ts";
import type { Versioned } from "../kind/converter.ts";
import type { Draft } from "../meta/draft.ts";
import { V1ObjectMeta, type V1ManagedFieldsEntry } from "../meta/meta.gen.ts";
import type { KubeObject } from "../meta/object.ts";
import { StructSchema } from "../schema/schema.ts";
import { applyServerSide } from "./apply-server-side.ts";
import { updateManagedFields } from "./update-managed-fields.ts";

const boxWith = (field: string): StructSchema =>
  new StructSchema(`Box ${field}`, () => [
    { name: "metadata", number: 1, schema: V1ObjectMeta },
    { name: field, number: 2, schema: { type: "map", values: { type: "string" } } },
  ]);

type Box = KubeObject & { size?: Record<string, string>; dimensions?: Record<string, string> };

/** What is "size" in v1 is "dimensions" in v2; whoever converts has to be waited for. */
const BOXES: Versioned = {
  versions: {
    "example.org/v1": { schema: boxWith("size") },
    "example.org/v2": { schema: boxWith("dimensions") },
    v1: { schema: boxWith("size") },
  },
  converter: {
    toVersion: async (objects, from, to) => {
      await Promise.resolve();
      return objects.map((object) => {
        const { size, dimensions, ...same } = object as Box;
        const value = from === "example.org/v2" ? dimensions : size;
        return { ...same, [to === "example.org/v2" ? "dimensions" : "size"]: value };
      });
    },
  },
};

const START = Date.UTC(2026, 0, 1);
const V1 = "example.org/v1";
const V2 = "example.org/v2";

/** A box that is written to in one version or another, and always held in v1. */
class BoxStory {
  live: Box | undefined;
  #nowMs = START;

  async #context(manager: string, apiVersion: string) {
    this.#nowMs += 60_000;
    const live = this.live && { ...(await this.#to(apiVersion, this.live, V1)), kind: "Box", apiVersion };
    return { kind: BOXES, apiVersion, live, manager, subresource: "", nowMs: this.#nowMs };
  }

  async #to(to: string, object: KubeObject, from: string): Promise<Box> {
    if (from === to) return object as Box;
    const [converted] = await BOXES.converter.toVersion([object], from, to);
    return converted as Box;
  }

  async apply(manager: string, applied: Box, force = false): Promise<void> {
    const apiVersion = applied.apiVersion!;
    const object = await applyServerSide({ ...(await this.#context(manager, apiVersion)), applied, force });
    await this.#keep(object, apiVersion);
  }

  async update(manager: string, apiVersion: string, value: Record<string, string>): Promise<void> {
    const object = boxOf(apiVersion, value) as Draft<KubeObject>;
    await updateManagedFields({ ...(await this.#context(manager, apiVersion)), object });
    await this.#keep(object, apiVersion);
  }

  async #keep(object: Draft<KubeObject>, apiVersion: string): Promise<void> {
    object.metadata.uid = "u";
    this.live = freezeDeep(structuredClone(await this.#to(V1, object, apiVersion)));
  }

  /** "a Apply example.org/v1": what it owns. */
  get owners(): Record<string, unknown> {
    const entries: readonly V1ManagedFieldsEntry[] = this.live?.metadata.managedFields ?? [];
    return Object.fromEntries(
      entries.map((one) => [`${one.manager} ${one.operation} ${one.apiVersion}`, one.fieldsV1]),
    );
  }
}

const boxOf = (apiVersion: string, value: Record<string, string>): Box => ({
  apiVersion,
  kind: "Box",
  metadata: { name: "b" },
  [apiVersion === V2 ? "dimensions" : "size"]: value,
});

test("a conflict is told in the version of who owns the field", async () => {
  const story = new BoxStory();
  await story.apply("a", boxOf(V1, { w: "1", h: "1" }));
  await assert.rejects(() => story.apply("b", boxOf(V2, { w: "2" })), {
    message: 'Apply failed with 1 conflict: conflict with "a": .size.w',
  });
  await story.apply("b", boxOf(V2, { w: "2" }), true);
  assert.deepEqual(story.owners, {
    [`a Apply ${V1}`]: { "f:size": { "f:h": {} } },
    [`b Apply ${V2}`]: { "f:dimensions": { "f:w": {} } },
  });
  assert.deepEqual(story.live?.size, { w: "2", h: "1" });
});

test("an update takes fields from those who wrote in another version, and leaves them the rest", async () => {
  const story = new BoxStory();
  await story.update("a", V1, { w: "1", h: "1" });
  await story.update("b", V2, { w: "2", h: "1" });
  assert.deepEqual(story.owners, {
    [`a Update ${V1}`]: { "f:size": { "f:h": {} } },
    [`b Update ${V2}`]: { "f:dimensions": { "f:w": {} } },
  });
});

test("what is applied no more goes, though it was applied in another version; what others own there stays", async () => {
  const story = new BoxStory();
  await story.apply("a", boxOf(V1, { w: "1", h: "1", d: "1" }));
  await story.apply("b", boxOf(V1, { h: "1" }));
  await story.apply("a", boxOf(V2, { w: "1" }));
  assert.deepEqual(story.live?.size, { w: "1", h: "1" });
  assert.deepEqual(story.owners, {
    [`a Apply ${V2}`]: { "f:dimensions": { "f:w": {} } },
    [`b Apply ${V1}`]: { "f:size": { "f:h": {} } },
  });
});

test("owners whose version the kind has no more, or that lies across the core group's border, own nothing", async () => {
  const story = new BoxStory();
  await story.update("core", "v1", { w: "1" });
  await story.update("b", V2, { w: "1", h: "1" });
  assert.deepEqual(Object.keys(story.owners), [`b Update ${V2}`]);
  const entries = story.live!.metadata.managedFields!.map((entry) => ({ ...entry, apiVersion: "example.org/v0" }));
  story.live = { ...story.live!, metadata: { ...story.live!.metadata, managedFields: entries } };
  await story.update("c", V1, { w: "2", h: "1" });
  assert.deepEqual(Object.keys(story.owners), [`c Update ${V1}`]);
});
