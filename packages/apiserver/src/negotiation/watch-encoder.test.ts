import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigMap } from "@dingi/api";
import { decodeEnvelope, newNotFound, type AnyKind, type KubeObject } from "@dingi/apimachinery";
import { storedOf, encodeValue } from "../cacher/value-codec.ts";
import { WatchBatch, type WatchItem } from "../cacher/watch-batch.ts";
import type { Negotiated } from "./accept.ts";
import { WatchEncoder } from "./watch-encoder.ts";

const KIND = ConfigMap as unknown as AnyKind;
const PROTOBUF = "application/vnd.kubernetes.protobuf";
const META = { name: "m", namespace: "n", creationTimestamp: "2026-01-01T00:00:00Z" };

function item(type: WatchItem["type"] = "ADDED", name = "m"): WatchItem {
  const object = { metadata: { ...META, name }, data: { a: "b" } } as unknown as KubeObject;
  return { type, stored: storedOf(KIND, `n/${name}`, object, encodeValue(KIND, object), 7) };
}

function encoderOf(more: Partial<Negotiated> = {}) {
  const negotiated = {
    mediaType: "application/json",
    view: "Object",
    viewVersion: "v1",
    pretty: false,
    ...more,
  } as const;
  const nowMs = Date.parse("2026-01-01T00:01:00Z");
  const table = () => ({ viewVersion: "v1", includeObject: "Metadata", nowMs, apiVersion: "v1" }) as const;
  return new WatchEncoder({ kind: KIND, apiVersion: "v1", negotiated, table });
}

const told = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; object: Record<string, unknown> });

/** Of a frame: the event's type and the object's. */
function framed(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  assert.equal(buffer.readUInt32BE(), buffer.length - 4, "its length stands in front");
  const { apiVersion, kind } = decodeEnvelope(buffer.subarray(buffer.indexOf("k8s\0")));
  return `${buffer.toString("latin1").match(/ADDED|MODIFIED|DELETED|BOOKMARK|ERROR/)?.[0]} ${apiVersion} ${kind}`;
}

const object = { kind: "ConfigMap", apiVersion: "v1", metadata: { ...META, resourceVersion: "7" }, data: { a: "b" } };
const partial = { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };

describe("Who watches in JSON", () => {
  for (const type of ["ADDED", "MODIFIED", "DELETED"] as const)
    test(`is told of what is ${type}`, () => {
      assert.deepEqual(told(encoderOf().batch(new WatchBatch([item(type)]))), [{ type, object }]);
      const view = "PartialObjectMetadata";
      assert.deepEqual(told(encoderOf({ view }).batch(new WatchBatch([item(type)]))), [{ type, object: partial }]);
    });

  test("is told of several one after the other", () => {
    const events = told(encoderOf().batch(new WatchBatch([item(), item("DELETED", "o")])));
    assert.deepEqual(
      events.map(({ type, object: { metadata } }) => [type, (metadata as { name: string }).name]),
      [
        ["ADDED", "m"],
        ["DELETED", "o"],
      ],
    );
  });

  test("is told how far it is", () => {
    const annotations = { "k8s.io/initial-events-end": "true" };
    const bookmark = (more: Partial<Negotiated>, ...rest: [Record<string, string>?]) => {
      const [{ type, object: one }] = told(encoderOf(more).bookmark(9, ...rest)) as [ReturnType<typeof told>[0]];
      assert.equal(type, "BOOKMARK");
      return one;
    };
    assert.deepEqual(bookmark({}), { kind: "ConfigMap", apiVersion: "v1", metadata: { resourceVersion: "9" } });
    assert.deepEqual(bookmark({ view: "PartialObjectMetadata" }, annotations), {
      ...partial,
      metadata: { resourceVersion: "9", annotations },
    });
    const row = { ...partial, metadata: { resourceVersion: "9", annotations } };
    assert.deepEqual(bookmark({ view: "Table" }, annotations), {
      kind: "Table",
      apiVersion: "meta.k8s.io/v1",
      metadata: { resourceVersion: "9" },
      columnDefinitions: null,
      rows: [{ cells: ["", "", ""], object: row }],
    });
  });

  test("is told what went wrong", () => {
    const { status } = newNotFound({ group: "", resource: "configmaps" }, "m");
    assert.deepEqual(told(encoderOf().error(status)), JSON.parse(JSON.stringify([{ type: "ERROR", object: status }])));
  });
});

test("who watches as a table gets the columns once, and a row for each event", () => {
  const encoder = encoderOf({ view: "Table" });
  const tables = told(encoder.batch(new WatchBatch([item(), item("MODIFIED")]))).map(({ object: one }) => one);
  const names = (columns: unknown) => (columns as { name: string }[] | null)?.map(({ name }) => name);
  assert.deepEqual(
    tables.map(({ columnDefinitions }) => names(columnDefinitions)),
    [["Name", "Data", "Age"], undefined],
  );
  for (const { rows, metadata } of tables) {
    assert.deepEqual(rows, [{ cells: ["m", 1, "60s"], object: partial }]);
    assert.deepEqual(metadata, { resourceVersion: "7" });
  }
});

describe("Who watches in protobuf", () => {
  const mediaType = PROTOBUF;
  const view = "PartialObjectMetadata";
  const { status } = newNotFound({ group: "", resource: "configmaps" }, "m");
  const one = new WatchBatch([item("MODIFIED")]);
  for (const [what, bytes, wanted] of [
    ["an object", encoderOf({ mediaType }).batch(one), "MODIFIED v1 ConfigMap"],
    ["its metadata", encoderOf({ mediaType, view }).batch(one), "MODIFIED meta.k8s.io/v1 PartialObjectMetadata"],
    ["a bookmark", encoderOf({ mediaType }).bookmark(9), "BOOKMARK v1 ConfigMap"],
    [
      "a bookmark of metadata",
      encoderOf({ mediaType, view }).bookmark(9),
      "BOOKMARK meta.k8s.io/v1 PartialObjectMetadata",
    ],
    ["an error", encoderOf({ mediaType }).error(status), "ERROR v1 Status"],
  ] as const)
    test(`is told of ${what} in a frame`, () => assert.equal(framed(bytes), wanted));
});

test("bytes are made once for all who are told the same in the same form", () => {
  const one = new WatchBatch([item()]);
  const several = new WatchBatch([item(), item("DELETED", "o")]);
  const forms: Partial<Negotiated>[] = [
    {},
    { mediaType: PROTOBUF },
    { view: "PartialObjectMetadata" },
    { view: "PartialObjectMetadata", viewVersion: "v1beta1" },
    { view: "PartialObjectMetadata", mediaType: PROTOBUF },
  ];
  for (const batch of [one, several]) {
    const made = forms.map((form) => encoderOf(form).batch(batch));
    assert.equal(new Set(made).size, forms.length);
    assert.deepEqual(
      forms.map((form, i) => encoderOf(form).batch(batch) === made[i]),
      forms.map(() => true),
    );
  }
  assert.notEqual(encoderOf({ view: "Table" }).batch(several), encoderOf({ view: "Table" }).batch(several));
});

test("the type of a watch says that it is one, but for JSON", () => {
  assert.equal(encoderOf().contentType, "application/json");
  assert.equal(encoderOf({ mediaType: PROTOBUF }).contentType, `${PROTOBUF};stream=watch`);
  assert.equal(encoderOf().apiVersion, "v1");
});
