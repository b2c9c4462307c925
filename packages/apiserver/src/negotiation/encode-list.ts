import {
  encodeEnvelope,
  encodeListMetadata,
  envelopeAround,
  encodeJson,
  encodeProtobuf,
  encodeProtobufList,
  toYaml,
  V1ListMeta,
  type V1ListMeta as ListMeta,
} from "@dingi/apimachinery";
import type { Stored } from "../cacher/stored.ts";
import type { Page } from "../endpoints/list.ts";
import type { Negotiated } from "./accept.ts";
import { partialMetadataOf, partialMetadataSchema as PARTIAL, withType } from "./encode.ts";
import type { ListChunks, Run } from "./list-chunks.ts";
import { renderTable, type TableOptions } from "./table.ts";

/** A shorter list is sent in one piece. */
const CHUNK_BYTES = 128 * 1024;
/** Items made at a time. */
const PIECE = 32;
const TAIL = Buffer.from("]}\n");

interface ListEncoding {
  readonly apiVersion: string;
  readonly negotiated: Negotiated;
  readonly table: TableOptions;
  readonly chunks: ListChunks;
}

/** A list as chunks of bytes: constant extra memory, whatever its length. */
export function encodeList(page: Page, encoding: ListEncoding): AsyncIterable<Uint8Array> | Uint8Array {
  const { negotiated, apiVersion } = encoding;
  if (negotiated.view === "Table") return encodeWhole(tableOf(page, encoding.table), negotiated);
  if (negotiated.view === "PartialObjectMetadataList") return encodePartialList(page, negotiated);
  if (negotiated.mediaType === "application/vnd.kubernetes.protobuf") return encodeProtobufPage(page, encoding);
  if (negotiated.mediaType === "application/yaml" || negotiated.pretty) {
    return encodeWhole(
      { ...listHead(page, apiVersion), items: page.items.map((stored) => withType(stored, apiVersion)) },
      negotiated,
    );
  }
  return encodeJsonPage(page, encoding);
}

function tableOf(page: Page, options: TableOptions): object {
  const { kind } = page;
  const items = kind.rowOrder
    ? page.items.toSorted((one, other) => kind.rowOrder!(one.object, other.object))
    : page.items;
  const columns = kind.listColumns?.(items.map(({ object }) => object));
  return renderTable(kind, items, { ...options, ...(columns ? { columns } : {}), metadata: listMeta(page) });
}

export function listMeta(page: Page): ListMeta {
  return {
    ...(page.revision === 0 ? {} : { resourceVersion: String(page.revision) }),
    ...(page.continueToken === "" ? {} : { continue: page.continueToken }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
}

function listHead(page: Page, apiVersion: string): { kind: string; apiVersion: string; metadata: ListMeta } {
  // Those of a custom kind have no type of Go that would leave it out.
  const metadata = page.kind.custom ? { continue: "", ...listMeta(page) } : listMeta(page);
  return { kind: page.kind.listKind, apiVersion, metadata };
}

function encodeWhole(object: object, negotiated: Negotiated): Uint8Array {
  if (negotiated.mediaType === "application/yaml") return Buffer.from(toYaml(object));
  const text = encodeJson(object);
  return Buffer.from(`${negotiated.pretty ? JSON.stringify(JSON.parse(text), null, 2) : text}\n`);
}

function encodeJsonPage(page: Page, { apiVersion, chunks }: ListEncoding): AsyncIterable<Uint8Array> | Uint8Array {
  const head = Buffer.from(`${encodeJson(listHead(page, apiVersion)).slice(0, -1)},"items":[`);
  const parts = jsonParts(page.runs, apiVersion, chunks);
  return isShort(page, apiVersion) ? Buffer.concat([head, ...parts, TAIL]) : streamParts(head, parts, TAIL);
}

function isShort({ runs }: Page, apiVersion: string): boolean {
  let bytes = 0;
  for (const { values } of runs) {
    for (const stored of values) bytes += stored.body(apiVersion).length;
    if (bytes >= CHUNK_BYTES) return false;
  }
  return true;
}

async function* streamParts(
  head: Uint8Array,
  parts: Iterable<Uint8Array>,
  tail: Uint8Array,
): AsyncGenerator<Uint8Array> {
  yield head;
  yield* parts;
  yield tail;
}

function* jsonParts(runs: readonly Run[], apiVersion: string, chunks: ListChunks): Iterable<Uint8Array> {
  let first = true;
  for (const run of runs.flatMap(inPieces)) {
    const bytes = chunks.json(run, apiVersion);
    yield first ? bytes.subarray(1) : bytes;
    first = false;
  }
}

/** A run that nobody shares can be long. */
function inPieces(run: Run): Run[] {
  if (run.shared || run.values.length <= PIECE) return run.values.length === 0 ? [] : [run];
  const pieces: Run[] = [];
  for (let i = 0; i < run.values.length; i += PIECE)
    pieces.push({ values: run.values.slice(i, i + PIECE), shared: false });
  return pieces;
}

/** The length stands in front, so all parts are made first; most are kept from list to list. */
function encodeProtobufPage(page: Page, { apiVersion, chunks }: ListEncoding): AsyncIterable<Uint8Array> | Uint8Array {
  const metadata = encodeListMetadata(encodeProtobuf(V1ListMeta, listMeta(page)));
  const parts = [metadata, ...page.runs.flatMap(inPieces).map((run) => chunks.protobuf(run, apiVersion))];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const { head, tail } = envelopeAround(apiVersion, page.kind.listKind, length);
  return length < CHUNK_BYTES ? Buffer.concat([head, ...parts, tail]) : streamParts(head, parts, tail);
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
