import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConfigMap } from "@dingi/api";
import { decodeEnvelope, type AnyKind, type KubeObject } from "@dingi/apimachinery";
import type { Stored } from "../cacher/stored.ts";
import { encodeValue, storedOf } from "../cacher/value-codec.ts";
import type { Page } from "../endpoints/list.ts";
import type { Negotiated } from "./accept.ts";
import { encodeList, listMeta } from "./encode-list.ts";
import { ListChunks, type Run } from "./list-chunks.ts";

const KIND = ConfigMap as unknown as AnyKind;
const PROTOBUF = "application/vnd.kubernetes.protobuf";

function stored(name: string, bytes = 1): Stored {
  const object = { metadata: { name, namespace: "n" }, data: { a: "x".repeat(bytes) } } as unknown as KubeObject;
  return storedOf(KIND, `n/${name}`, object, encodeValue(KIND, object), 3);
}

function pageOf(runs: readonly Run[], more: Partial<Page> = {}): Page {
  const items = runs.flatMap(({ values }) => values);
  return { kind: KIND, items, runs, revision: 7, continueToken: "", remaining: undefined, ...more } as Page;
}

async function encoded(page: Page, more: Partial<Negotiated> = {}) {
  const negotiated = {
    mediaType: "application/json",
    view: "Object",
    viewVersion: "v1",
    pretty: false,
    ...more,
  } as const;
  const table = { viewVersion: "v1", includeObject: "None", nowMs: 0, apiVersion: "v1" } as const;
  const bytes = encodeList(page, { apiVersion: "v1", negotiated, table, chunks: new ListChunks() });
  const parts: Uint8Array[] = [];
  if (bytes instanceof Uint8Array) parts.push(bytes);
  else for await (const part of bytes) parts.push(part);
  return { isWhole: bytes instanceof Uint8Array, parts: parts.length, bytes: Buffer.concat(parts) };
}

interface List {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: object;
  readonly items: readonly { readonly kind?: string; readonly metadata: { readonly name: string } }[];
}

const namesIn = (text: Uint8Array) =>
  (JSON.parse(Buffer.from(text).toString()) as List).items.map(({ metadata }) => metadata.name);
const many = (count: number, bytes?: number) => Array.from({ length: count }, (_, i) => stored(`m-${i}`, bytes));
const named = (values: readonly Stored[]) => values.map(({ object }) => object.metadata.name);

describe("A list in JSON", () => {
  test("has a head, and its items without their type", async () => {
    const { bytes, isWhole } = await encoded(
      pageOf([{ values: [stored("a")], shared: false }], { remaining: 4, continueToken: "t" }),
    );
    assert.equal(isWhole, true);
    assert.deepEqual(JSON.parse(bytes.toString()), {
      kind: "ConfigMapList",
      apiVersion: "v1",
      metadata: { resourceVersion: "7", continue: "t", remainingItemCount: 4 },
      items: [{ metadata: { name: "a", namespace: "n", resourceVersion: "3" }, data: { a: "x" } }],
    });
    assert.ok(bytes.toString().endsWith("]}\n"));
  });

  for (const [what, runs] of [
    ["nothing", []],
    [
      "an empty run between others",
      [
        { values: many(1), shared: false },
        { values: [], shared: true },
        { values: [stored("z")], shared: true },
      ],
    ],
    [
      "several runs",
      [
        { values: many(3), shared: true },
        { values: [stored("y"), stored("z")], shared: false },
      ],
    ],
    ["a run longer than what is made at a time", [{ values: many(65), shared: false }]],
  ] as const)
    test(`of ${what} has every item once, in order`, async () => {
      const { bytes } = await encoded(pageOf(runs));
      assert.deepEqual(namesIn(bytes), named(runs.flatMap(({ values }) => [...values])));
    });

  test("is sent in pieces when it is long", async () => {
    const values = many(64, 4096);
    for (const shared of [false, true]) {
      const { isWhole, parts, bytes } = await encoded(pageOf([{ values, shared }]));
      assert.equal(isWhole, false);
      assert.equal(parts, shared ? 3 : 4, "head, tail and what is between");
      assert.deepEqual(namesIn(bytes), named(values));
    }
    assert.equal((await encoded(pageOf([{ values: many(30, 4096), shared: true }]))).isWhole, true);
  });

  test("is whole, with types, for who reads it himself", async () => {
    const page = pageOf([{ values: [stored("a")], shared: false }]);
    const { bytes } = await encoded(page, { pretty: true });
    const [item] = (JSON.parse(bytes.toString()) as List).items;
    assert.deepEqual([item?.kind, item?.metadata.name], ["ConfigMap", "a"]);
    assert.match(bytes.toString(), /^\{\n {2}"kind": "ConfigMapList",/);
    const yaml = (await encoded(page, { mediaType: "application/yaml" })).bytes.toString();
    assert.match(yaml, /^kind: ConfigMapList$/m);
    assert.match(yaml, /^ {4}name: a$/m);
  });
});

describe("A list in protobuf", () => {
  const mediaType = PROTOBUF;
  test("is an envelope, in pieces when it is long", async () => {
    const lists = [
      [many(3), true],
      [many(64, 4096), false],
    ] as const;
    for (const [values, wanted] of lists) {
      const { isWhole, bytes } = await encoded(pageOf([{ values, shared: false }]), { mediaType });
      assert.equal(isWhole, wanted);
      const { kind, apiVersion, raw } = decodeEnvelope(bytes);
      assert.deepEqual([kind, apiVersion], ["ConfigMapList", "v1"]);
      for (const name of named(values)) assert.ok(Buffer.from(raw).includes(`${name}`), `${name}`);
    }
  });

  test("may be one of metadata", async () => {
    const page = pageOf([{ values: [stored("a", 9)], shared: false }]);
    const { bytes } = await encoded(page, { mediaType, view: "PartialObjectMetadataList" });
    const { kind, apiVersion, raw } = decodeEnvelope(bytes);
    assert.deepEqual([kind, apiVersion], ["PartialObjectMetadataList", "meta.k8s.io/v1"]);
    assert.deepEqual([Buffer.from(raw).includes("a"), Buffer.from(raw).includes("xxx")], [true, false]);
  });
});

test("a list of metadata has nothing else of its items", async () => {
  const page = pageOf([{ values: [stored("a")], shared: false }]);
  const { bytes } = await encoded(page, { view: "PartialObjectMetadataList", viewVersion: "v1beta1" });
  const apiVersion = "meta.k8s.io/v1beta1";
  assert.deepEqual(JSON.parse(bytes.toString()), {
    kind: "PartialObjectMetadataList",
    apiVersion,
    metadata: { resourceVersion: "7" },
    items: [
      { kind: "PartialObjectMetadata", apiVersion, metadata: { name: "a", namespace: "n", resourceVersion: "3" } },
    ],
  });
});

test("a table has the list's metadata, and its items as they are ordered for people", async () => {
  const rowOrder = (one: KubeObject, other: KubeObject) => (one.metadata.name! < other.metadata.name! ? 1 : -1);
  const kind = { ...KIND, fields: KIND.fields, columns: KIND.columns, rowOrder } as AnyKind;
  const page = pageOf([{ values: [stored("a"), stored("b")], shared: false }], { kind });
  const { bytes } = await encoded(page, { view: "Table" });
  const { metadata, rows } = JSON.parse(bytes.toString()) as {
    metadata: object;
    rows: { cells: unknown[]; object: unknown }[];
  };
  assert.deepEqual(metadata, { resourceVersion: "7" });
  assert.deepEqual(
    rows.map(({ cells }) => cells[0]),
    ["b", "a"],
  );
  assert.deepEqual(
    rows.map(({ object }) => object),
    [null, null],
  );
});

test("what is not kept anywhere has no revision", () => {
  assert.deepEqual(listMeta(pageOf([], { revision: 0, remaining: 0 })), { remainingItemCount: 0 });
});
