import {
  encodeEnvelope,
  encodeJson,
  encodeProtobuf,
  encodeProtobufList,
  toYaml,
  V1ListMeta,
  type V1ListMeta as ListMeta,
} from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import { itemHead, type Stored } from "../cacher/stored.ts";
import type { Page } from "../endpoints/list.ts";
import type { Negotiated } from "./accept.ts";
import { partialMetadataOf, partialMetadataSchema as PARTIAL, withType } from "./encode.ts";
import { renderTable, type TableOptions } from "./table.ts";

const CHUNK_BYTES = 128 * 1024;

export interface ListEncoding {
  readonly apiVersion: string;
  readonly negotiated: Negotiated;
  readonly table: TableOptions;
  readonly clock: Clock;
}

/** A list as chunks of bytes: constant extra memory, whatever its length. */
export function encodeList(page: Page, encoding: ListEncoding): AsyncIterable<Uint8Array> | Uint8Array {
  const { negotiated, apiVersion } = encoding;
  if (negotiated.view === "Table")
    return encodeWhole(renderTable(page.kind, page.items, { ...encoding.table, metadata: listMeta(page) }), negotiated);
  if (negotiated.view === "PartialObjectMetadataList") return encodePartialList(page, negotiated);
  if (negotiated.mediaType === "application/vnd.kubernetes.protobuf") return encodeProtobufPage(page, apiVersion);
  if (negotiated.mediaType === "application/yaml" || negotiated.pretty) {
    return encodeWhole(
      { ...listHead(page, apiVersion), items: page.items.map((stored) => withType(stored, apiVersion)) },
      negotiated,
    );
  }
  return encodeJsonPage(page, apiVersion, encoding.clock);
}

export function listMeta(page: Page): ListMeta {
  return {
    resourceVersion: String(page.revision),
    ...(page.continueToken === "" ? {} : { continue: page.continueToken }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
}

function listHead(page: Page, apiVersion: string): { kind: string; apiVersion: string; metadata: ListMeta } {
  return { kind: page.kind.listKind, apiVersion, metadata: listMeta(page) };
}

function encodeWhole(object: object, negotiated: Negotiated): Uint8Array {
  if (negotiated.mediaType === "application/yaml") return Buffer.from(toYaml(object));
  const text = encodeJson(object);
  return Buffer.from(`${negotiated.pretty ? JSON.stringify(JSON.parse(text), null, 2) : text}\n`);
}

function encodeJsonPage(page: Page, apiVersion: string, clock: Clock): AsyncIterable<Uint8Array> | Uint8Array {
  const head = Buffer.from(`${encodeJson(listHead(page, apiVersion)).slice(0, -1)},"items":[`);
  const tail = Buffer.from("]}\n");
  const size = page.items.reduce((sum, stored) => sum + stored.body(apiVersion).length, 0);
  if (size < CHUNK_BYTES) return Buffer.concat([head, ...itemParts(page.items, apiVersion, true), tail]);
  return streamJson(page, apiVersion, head, tail, clock);
}

async function* streamJson(
  page: Page,
  apiVersion: string,
  head: Uint8Array,
  tail: Uint8Array,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  yield head;
  let start = 0;
  let bytes = 0;
  for (let i = 0; i < page.items.length; i++) {
    bytes += page.items[i]!.body(apiVersion).length;
    if (bytes < CHUNK_BYTES && i < page.items.length - 1) continue;
    yield Buffer.concat(itemParts(page.items.slice(start, i + 1), apiVersion, start === 0));
    const due = clock.yieldIfDue();
    if (due) await due;
    start = i + 1;
    bytes = 0;
  }
  yield tail;
}

function itemParts(items: readonly Stored[], apiVersion: string, first: boolean): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (const stored of items) {
    const separator = first ? "" : ",";
    first = false;
    parts.push(Buffer.from(separator + itemHead(stored.revision), "latin1"), stored.body(apiVersion));
  }
  return parts;
}

function encodeProtobufPage(page: Page, apiVersion: string): Uint8Array {
  const schema = page.kind.versions[apiVersion]!.schema;
  const messages = page.items.map((stored) =>
    stored.represent(`protobuf message ${apiVersion}`, () => encodeProtobuf(schema, stored.inVersion(apiVersion))),
  );
  return encodeEnvelope(
    apiVersion,
    page.kind.listKind,
    encodeProtobufList(encodeProtobuf(V1ListMeta, listMeta(page)), messages),
  );
}

function encodePartialList(page: Page, negotiated: Negotiated): Uint8Array {
  const apiVersion = `meta.k8s.io/${negotiated.viewVersion}`;
  const items = page.items.map((stored) => partialMetadataOf(stored, negotiated.viewVersion));
  const list = { kind: "PartialObjectMetadataList", apiVersion, metadata: listMeta(page), items };
  if (negotiated.mediaType !== "application/vnd.kubernetes.protobuf") return encodeWhole(list, negotiated);
  return encodeEnvelope(apiVersion, list.kind, encodePartialMessages(page));
}

function encodePartialMessages(page: Page): Uint8Array {
  return encodeProtobufList(encodeProtobuf(V1ListMeta, listMeta(page)), page.items.map(partialMessage));
}

/** PartialObjectMetadata has one field, metadata = 1, like every kind. */
function partialMessage(stored: Stored): Uint8Array {
  return stored.represent("protobuf partial", () => encodeProtobuf(PARTIAL, { metadata: stored.object.metadata }));
}
