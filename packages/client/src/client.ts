import {
  groupOf,
  type KindDefinition,
  type KubeList,
  type KubeObject,
  type ObjectKey,
  type ReviewDefinition,
  type V1DeleteOptions,
  type V1ObjectMeta,
  type V1Status,
  type WatchEvent,
} from "@dingi/apimachinery";
import type { StreamResponse, Transport, TransportRequest } from "./transport/transport.ts";

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ViewOptions {
  /** Nothing but metadata is needed: over the network nothing else is sent. */
  readonly metadataOnly?: boolean;
}

export interface ReadOptions extends CallOptions {
  /** "0" accepts any revision that the server has at hand. */
  readonly resourceVersion?: string;
}

export interface ListOptions extends ReadOptions, ViewOptions {
  /** All namespaces when absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan";
}

export interface WatchOptions extends Omit<ListOptions, "limit" | "continue"> {
  readonly sendInitialEvents?: boolean;
  readonly allowWatchBookmarks?: boolean;
  readonly timeoutSeconds?: number;
}

export interface WriteOptions extends CallOptions {
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  readonly fieldValidation?: "Ignore" | "Warn" | "Strict";
  /** "status", "scale", "finalize", … */
  readonly subresource?: string;
}

export type PatchType = "json" | "merge" | "strategic" | "apply";

export interface PatchOptions extends WriteOptions {
  readonly type: PatchType;
  /** Takes fields from other managers; for apply only. */
  readonly force?: boolean;
}

export interface DeleteOptions extends CallOptions, Omit<V1DeleteOptions, "apiVersion" | "kind"> {}

/** What is handed in to be created: status and what the server fills in may be missing. */
export type NewObject<T extends KubeObject> = { readonly metadata: Partial<V1ObjectMeta> } & Omit<
  Partial<T>,
  "metadata"
>;

/** Is told what a client has changed, once the server has said so. */
export interface WriteObserver {
  /** `object` is as the server answered. */
  wrote(kind: KindDefinition, object: KubeObject): void;
  /** Gone, or about to go. */
  removed(kind: KindDefinition, key: ObjectKey, uid: string): void;
}

const PATCH_TYPES: Readonly<Record<PatchType, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

/**
 * A typed client of the API. Everything it returns is read-only: in process it is the server's own object. Failures are
 * StatusErrors (`isNotFound`, `isConflict`, …) or the network's own errors.
 */
export class Client implements AsyncDisposable {
  readonly #transport: Transport;
  readonly #observer: WriteObserver | undefined;

  constructor(transport: Transport, observer?: WriteObserver) {
    this.#transport = transport;
    this.#observer = observer;
  }

  /** The same client for somebody who wants to know what goes through it. */
  observedBy(observer: WriteObserver): Client {
    return new Client(this.#transport, observer);
  }

  async get<T extends KubeObject>(
    kind: KindDefinition<T>,
    key: ObjectKey,
    options: ReadOptions & { subresource?: string } = {},
  ): Promise<T> {
    const { signal, subresource, ...query } = options;
    return (await this.#transport.request({
      method: "GET",
      path: objectPath(kind, key, subresource),
      query: toQuery(query),
      ...withSignal(signal),
    })) as T;
  }

  async list<T extends KubeObject>(kind: KindDefinition<T>, options: ListOptions = {}): Promise<KubeList<T>> {
    const { signal, namespace, metadataOnly, ...query } = options;
    return (await this.#transport.request({
      method: "GET",
      path: collectionPath(kind, namespace),
      query: toQuery(query),
      ...(metadataOnly ? { accept: viewOf("PartialObjectMetadataList") } : {}),
      ...withSignal(signal),
    })) as KubeList<T>;
  }

  watch<T extends KubeObject>(
    kind: KindDefinition<T>,
    options: WatchOptions = {},
  ): AsyncIterable<readonly WatchEvent<T>[]> {
    const { signal, namespace, metadataOnly, ...query } = options;
    const request: TransportRequest = {
      method: "GET",
      path: collectionPath(kind, namespace),
      query: toQuery({ ...query, watch: true }),
      ...(metadataOnly ? { accept: viewOf("PartialObjectMetadata") } : {}),
      ...withSignal(signal),
    };
    return this.#transport.watch(request) as AsyncIterable<readonly WatchEvent<T>[]>;
  }

  async create<T extends KubeObject>(
    kind: KindDefinition<T>,
    object: NewObject<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    const path = collectionPath(kind, object.metadata.namespace);
    return this.#tell(kind, (await this.#write("POST", path, typed(kind, object), options)) as T);
  }

  /** Replaces the object, or one of its subresources. */
  async update<T extends KubeObject>(kind: KindDefinition<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const key = { namespace: object.metadata.namespace ?? "", name: object.metadata.name ?? "" };
    const path = objectPath(kind, key, options.subresource);
    return this.#tell(kind, (await this.#write("PUT", path, typed(kind, object), options)) as T);
  }

  async patch<T extends KubeObject>(
    kind: KindDefinition<T>,
    key: ObjectKey,
    patch: unknown,
    options: PatchOptions,
  ): Promise<T> {
    const { type, force, ...write } = options;
    const body = type === "apply" ? typed(kind, patch as object) : patch;
    const query = force === undefined ? {} : { force };
    const answer = await this.#write("PATCH", objectPath(kind, key, options.subresource), body, write, {
      contentType: PATCH_TYPES[type],
      query,
    });
    return this.#tell(kind, answer as T);
  }

  /** Answers with what the server said: the object that is being deleted, or a Status. */
  async delete(
    kind: KindDefinition<never> | KindDefinition,
    key: ObjectKey,
    options: DeleteOptions = {},
  ): Promise<unknown> {
    const { signal, ...body } = options;
    const path = objectPath(kind as KindDefinition, key);
    const answer = await this.#transport.request({
      method: "DELETE",
      path,
      query: new URLSearchParams(),
      body: deleteOptions(body),
      ...withSignal(signal),
    });
    const uid = removedUid(answer as Partial<KubeObject & V1Status>);
    if (uid !== undefined) this.#observer?.removed(kind as KindDefinition, key, uid);
    return answer;
  }

  async deleteCollection(
    kind: KindDefinition<never> | KindDefinition,
    selection: ListOptions = {},
    options: DeleteOptions = {},
  ): Promise<unknown> {
    const { signal, namespace, metadataOnly: _view, ...query } = selection;
    const path = collectionPath(kind as KindDefinition, namespace);
    return await this.#transport.request({
      method: "DELETE",
      path,
      query: toQuery(query),
      body: deleteOptions(options),
      ...withSignal(signal),
    });
  }

  /** POSTs to a subresource: binding, eviction, token. */
  async createSubresource<R = unknown>(
    kind: KindDefinition<never> | KindDefinition,
    key: ObjectKey,
    subresource: string,
    body: object,
    options: CallOptions = {},
  ): Promise<R> {
    return (await this.#write("POST", objectPath(kind as KindDefinition, key, subresource), body, options, {
      contentType: "application/json",
    })) as R;
  }

  async review<T extends KubeObject>(
    review: ReviewDefinition<T>,
    object: NewObject<T>,
    options: CallOptions & { namespace?: string } = {},
  ): Promise<T> {
    const root = rootOf(review.apiVersion);
    const path =
      review.scope === "Namespaced"
        ? `${root}/namespaces/${segment(options.namespace ?? "")}/${review.plural}`
        : `${root}/${review.plural}`;
    const body = { apiVersion: review.apiVersion, kind: review.kind, ...object };
    return (await this.#write("POST", path, body, options, { contentType: "application/json" })) as T;
  }

  /** Any path: logs, health, discovery. */
  async stream(request: TransportRequest): Promise<StreamResponse> {
    return await this.#transport.stream(request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
  }

  #tell<T extends KubeObject>(kind: KindDefinition<T>, object: T): T {
    this.#observer?.wrote(kind as unknown as KindDefinition, object);
    return object;
  }

  async #write(
    method: "POST" | "PUT" | "PATCH",
    path: string,
    body: unknown,
    options: WriteOptions,
    more: { contentType?: string; query?: object } = {},
  ): Promise<unknown> {
    const { signal, subresource: _door, dryRun, ...rest } = options;
    const query = toQuery({ ...rest, ...more.query, ...(dryRun ? { dryRun: "All" } : {}) });
    const contentType = more.contentType === undefined ? {} : { contentType: more.contentType };
    return await this.#transport.request({ method, path, query, body, ...contentType, ...withSignal(signal) });
  }
}

/** A deletion is answered with the object, or with a Status that tells of it. */
function removedUid(answer: Partial<KubeObject & V1Status>): string | undefined {
  return answer.kind === "Status" ? answer.details?.uid : answer.metadata?.uid;
}

export function collectionPath(kind: KindDefinition<never> | KindDefinition, namespace?: string): string {
  const root = rootOf(kind.apiVersion);
  return kind.scope === "Namespaced" && namespace
    ? `${root}/namespaces/${segment(namespace)}/${kind.plural}`
    : `${root}/${kind.plural}`;
}

export function objectPath(kind: KindDefinition<never> | KindDefinition, key: ObjectKey, subresource?: string): string {
  const path = `${collectionPath(kind, key.namespace)}/${segment(key.name)}`;
  return subresource ? `${path}/${subresource}` : path;
}

function rootOf(apiVersion: string): string {
  return groupOf(apiVersion) === "" ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
}

function segment(text: string): string {
  return encodeURIComponent(text);
}

function typed(kind: { readonly apiVersion: string; readonly kind: string }, object: object): object {
  return { apiVersion: kind.apiVersion, kind: kind.kind, ...object };
}

function deleteOptions(options: object): object {
  return { apiVersion: "v1", kind: "DeleteOptions", ...options };
}

const viewOf = (view: string): string => `application/json;as=${view};g=meta.k8s.io;v=v1,application/json`;

function withSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

function toQuery(values: object): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  return query;
}
