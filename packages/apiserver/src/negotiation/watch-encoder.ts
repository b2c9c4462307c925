import {
  canonicalize,
  encodeEnvelope,
  encodeJson,
  encodeProtobuf,
  frameWatchEvent,
  inVersion,
  V1Status,
  type AnyKind,
  type KubeObject,
  type V1Status as Status,
} from "@dingi/apimachinery";
import type { WatchBatch, WatchItem } from "../cacher/watch-batch.ts";
import { objectHead } from "../cacher/stored.ts";
import type { Negotiated } from "./accept.ts";
import { partialMetadataOf, partialMetadataSchema, protobufOf } from "./encode.ts";
import { renderTable, type TableOptions } from "./table.ts";

interface WatchEncoding {
  readonly kind: AnyKind;
  readonly apiVersion: string;
  readonly negotiated: Negotiated;
  /** Asked anew for each event: ages move. */
  readonly table: () => TableOptions;
}

/** Turns what a watcher is told into bytes; those that do not depend on the watcher are made once and shared. */
export class WatchEncoder {
  readonly #encoding: WatchEncoding;
  /** Under which an event's bytes are kept with its object. */
  readonly #names: Readonly<Record<WatchItem["type"], string>>;
  #columnsSent = false;

  constructor(encoding: WatchEncoding) {
    this.#encoding = encoding;
    const { negotiated, apiVersion } = encoding;
    const name = (type: WatchItem["type"]) => `frame ${type} ${negotiated.mediaType} ${apiVersion}`;
    this.#names = { ADDED: name("ADDED"), MODIFIED: name("MODIFIED"), DELETED: name("DELETED") };
  }

  get apiVersion(): string {
    return this.#encoding.apiVersion;
  }

  get contentType(): string {
    const { mediaType } = this.#encoding.negotiated;
    return mediaType === "application/json" ? mediaType : `${mediaType};stream=watch`;
  }

  batch(batch: WatchBatch): Uint8Array {
    const { items } = batch;
    if (items.length === 1) return this.#item(items[0]!);
    const all = () => Buffer.concat(items.map((item) => this.#item(item)));
    const { view, viewVersion, mediaType } = this.#encoding.negotiated;
    // A table's ages are of the moment, and only a watch's first has columns.
    if (view === "Table") return all();
    const { apiVersion } = this.#encoding;
    return batch.represent(`${view} ${viewVersion} ${apiVersion} ${mediaType}`, all);
  }

  #item(item: WatchItem): Uint8Array {
    const { negotiated } = this.#encoding;
    if (negotiated.view === "Table") return this.#frame(item.type, this.#table(item));
    if (negotiated.view === "PartialObjectMetadata") return this.#partial(item);
    return item.stored.represent(this.#names[item.type], () => this.#whole(item));
  }

  /** An object that has only a revision, and perhaps annotations. */
  bookmark(revision: number, annotations?: Readonly<Record<string, string>>): Uint8Array {
    const { kind, apiVersion, negotiated } = this.#encoding;
    const metadata = { resourceVersion: String(revision), ...(annotations ? { annotations } : {}) };
    if (negotiated.view === "Table") {
      const object = {
        kind: "Table",
        apiVersion: `meta.k8s.io/${negotiated.viewVersion}`,
        metadata: { resourceVersion: String(revision) },
        columnDefinitions: null,
        rows: [this.#bookmarkRow(metadata)],
      };
      return this.#frame("BOOKMARK", object);
    }
    if (negotiated.view === "PartialObjectMetadata") {
      const object = { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${negotiated.viewVersion}`, metadata };
      return this.#typed("BOOKMARK", object, partialMetadataSchema);
    }
    const schema = kind.versions[apiVersion]!.schema;
    const empty = canonicalize(schema, { metadata }) as KubeObject;
    return this.#typed("BOOKMARK", { kind: kind.kind, apiVersion, ...empty }, schema);
  }

  error(status: Status): Uint8Array {
    return this.#typed("ERROR", status, V1Status);
  }

  #bookmarkRow(metadata: object): object {
    const { kind, apiVersion, negotiated } = this.#encoding;
    const cells = inVersion(kind, apiVersion).columns.map((column) =>
      column.type === "string" || column.type === "date" ? "" : 0,
    );
    return {
      cells,
      object: { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${negotiated.viewVersion}`, metadata },
    };
  }

  #whole(item: WatchItem): Uint8Array {
    const { apiVersion, negotiated } = this.#encoding;
    const { stored, type } = item;
    if (negotiated.mediaType !== "application/json") return frameWatchEvent(type, protobufOf(stored, apiVersion));
    const head = `{"type":"${type}","object":${objectHead(stored.kind.kind, apiVersion, stored.revision)}`;
    return Buffer.concat([Buffer.from(head), stored.body(apiVersion), Buffer.from("}\n")]);
  }

  #partial(item: WatchItem): Uint8Array {
    const { mediaType, viewVersion } = this.#encoding.negotiated;
    return item.stored.represent(`frame partial ${item.type} ${mediaType} ${viewVersion}`, () =>
      this.#typed(item.type, partialMetadataOf(item.stored, viewVersion), partialMetadataSchema),
    );
  }

  #table(item: WatchItem): object {
    const withoutColumns = this.#columnsSent;
    this.#columnsSent = true;
    const metadata = { resourceVersion: String(item.stored.revision) };
    return renderTable(this.#encoding.kind, [item.stored], { ...this.#encoding.table(), metadata, withoutColumns });
  }

  #typed(type: WatchItem["type"] | "BOOKMARK" | "ERROR", object: object, schema: typeof V1Status): Uint8Array {
    if (this.#encoding.negotiated.mediaType === "application/json") return this.#frame(type, object);
    const { apiVersion = "", kind = "" } = object as { apiVersion?: string; kind?: string };
    return frameWatchEvent(type, encodeEnvelope(apiVersion, kind, encodeProtobuf(schema, object)));
  }

  #frame(type: string, object: object): Uint8Array {
    return Buffer.from(`{"type":"${type}","object":${encodeJson(object)}}\n`);
  }
}
