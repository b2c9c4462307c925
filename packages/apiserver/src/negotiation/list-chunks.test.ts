import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap } from "@dingi/api";
import type { AnyKind, KubeObject } from "@dingi/apimachinery";
import type { Stored } from "../cacher/stored.ts";
import { encodeValue, storedOf } from "../cacher/value-codec.ts";
import { ListChunks } from "./list-chunks.ts";

const KIND = ConfigMap as unknown as AnyKind;

function stored(name: string, revision = 7): Stored {
  const object = { metadata: { name, namespace: "default" }, data: { a: "ü" } } as KubeObject;
  return storedOf(KIND, `default/${name}`, object, encodeValue(KIND, object), revision);
}

const parse = (bytes: Uint8Array) =>
  JSON.parse(`[${Buffer.from(bytes).toString().slice(1)}]`) as {
    metadata: { name: string; resourceVersion: string };
  }[];

test("A run's JSON has every item with its revision", () => {
  const bytes = new ListChunks().json({ values: [stored("a", 3), stored("b", 4)], shared: false }, "v1");
  assert.deepEqual(
    parse(bytes).map(({ metadata }) => [metadata.name, metadata.resourceVersion]),
    [
      ["a", "3"],
      ["b", "4"],
    ],
  );
});

test("What is shared is made once; what is not, each time", () => {
  const chunks = new ListChunks();
  const values = [stored("a")];
  assert.equal(chunks.json({ values, shared: true }, "v1"), chunks.json({ values, shared: true }, "v1"));
  assert.notEqual(chunks.json({ values, shared: false }, "v1"), chunks.json({ values, shared: false }, "v1"));
});

test("What was not asked for longest goes first when there is no room", () => {
  const runs = ["a", "b", "c"].map((name) => ({ values: [stored(name)], shared: true }));
  const length = new ListChunks().json(runs[0]!, "v1").length;
  const chunks = new ListChunks(2 * length);
  const [a, b] = runs.map((run) => chunks.json(run, "v1"));
  assert.notEqual(chunks.json(runs[0]!, "v1"), a, "a made room for c");
  assert.notEqual(chunks.json(runs[1]!, "v1"), b, "b made room for a");
});
