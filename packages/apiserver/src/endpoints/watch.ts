import {
  FieldSelector,
  isExpired,
  isTooLargeResourceVersion,
  newBadRequest,
  StatusError,
  type ApiResponse,
  type KubeObject,
  type WatchEvent,
} from "@dingi/apimachinery";
import type { Clock, Random } from "@dingi/base";
import type { Revision } from "@dingi/store";
import type { CacheWatcher } from "../cacher/cache-watcher.ts";
import { batchLength, WatchBatch, type WatchItem } from "../cacher/watch-batch.ts";
import { selects, type Selection } from "../cacher/selection.ts";
import { readyIn } from "../cacher/ready.ts";
import type { ResourceCache } from "../cacher/resource-cache.ts";
import type { StoreFeed } from "../cacher/store-feed.ts";
import { commonHeaders, includeObjectOf, negotiateRequest } from "../negotiation/respond.ts";
import { WatchEncoder } from "../negotiation/watch-encoder.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { parseListOptions, type ListOptions } from "./list-options.ts";

const MIN_TIMEOUT_SECONDS = 1800;
const BOOKMARK_PERIOD_MS = 60_000;
const INITIAL_EVENTS_END = { "k8s.io/initial-events-end": "true" };

/** One thing to tell the client: changes, or how far it has seen everything. */
type Notice =
  | { readonly batch: WatchBatch }
  | { readonly bookmark: Revision; readonly annotations?: Readonly<Record<string, string>> }
  | { readonly failure: StatusError };

export async function watchResource(call: ResourceCall, services: EndpointServices): Promise<ApiResponse> {
  const { request, info, kind } = call;
  const options = parseListOptions(call, true);
  const selection: Selection = {
    namespace: info.namespace,
    labels: options.labels,
    fields: withName(call, options).fields,
  };
  const negotiated = request.wantsObjects
    ? undefined
    : negotiateRequest(request, { views: ["Table", "PartialObjectMetadata"], stream: true, custom: kind.custom });
  const opening = WatchSession.open(services, services.resourceStore(kind).cache, {
    selection,
    options,
    signal: request.signal,
    inProcess: request.wantsObjects === true,
  });
  if (!negotiated) return { status: 200, headers: {}, events: objectEvents(await opening, info.apiVersion) };
  const table = () => ({
    viewVersion: negotiated.viewVersion,
    includeObject: includeObjectOf(request),
    nowMs: services.clock.now(),
    apiVersion: info.apiVersion,
  });
  const encoder = new WatchEncoder({ kind, apiVersion: info.apiVersion, negotiated, table });
  return {
    status: 200,
    headers: commonHeaders(encoder.contentType, call.warnings),
    body: await opening.then(
      (session) => encodedEvents(session, encoder),
      (error: unknown) => expiredEvent(error, encoder),
    ),
  };
}

/**
 * `GET …/pods/NAME?watch=true` watches the one object: that which the request was authorized for, whatever it selects besides.
 * Throws StatusError 400 for a selector that does not say the same. Upstream: …/handlers/get.go#listOptionsFrom
 */
function withName({ info }: ResourceCall, { fields }: ListOptions): Pick<ListOptions, "fields"> {
  if (info.name === "") return { fields };
  if (!fields || fields.empty)
    return { fields: new FieldSelector([{ field: "metadata.name", operator: "=", value: info.name }]) };
  if (fields.requiresExactMatch("metadata.name") === info.name) return { fields };
  throw newBadRequest("fieldSelector metadata.name doesn't match requested name");
}

interface SessionOptions {
  readonly selection: Selection;
  readonly options: ListOptions;
  readonly signal: AbortSignal;
  readonly inProcess: boolean;
}

interface Beginning {
  /** Whether what is there is told first. */
  readonly fromState: boolean;
  /** What of the history is told; undefined: nothing. */
  readonly after: Revision | undefined;
  /** Up to here nothing is told, though it is still to come. */
  readonly told: Revision;
}

function beginningOf({ sendInitialEvents, resourceVersion = 0 }: ListOptions, newest: Revision): Beginning {
  const fromState = sendInitialEvents ?? resourceVersion === 0;
  const isAhead = resourceVersion > newest;
  const hasHistory = !fromState && !isAhead && resourceVersion > 0;
  return { fromState, after: hasHistory ? resourceVersion : undefined, told: isAhead ? resourceVersion : 0 };
}

/** One open watch, from its first event to its time-out. */
class WatchSession implements Disposable {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #feed: StoreFeed;
  readonly #session: SessionOptions;
  readonly #watch: { watcher: CacheWatcher } & Disposable;
  readonly #timeout: Disposable;
  /** What comes before the changes. */
  readonly #first: Notice[];
  #bookmarkTimer: Disposable | undefined;
  #bookmarkDue = false;
  /** The client has seen this much, and more than the caches when it begins. */
  readonly #told: Revision;
  #timedOut = false;
  #ended = false;

  private constructor(services: EndpointServices, cache: ResourceCache, session: SessionOptions) {
    const { selection, options, signal } = session;
    this.#clock = services.clock;
    this.#random = services.random;
    this.#feed = services.feed;
    this.#session = session;
    const { fromState, after, told } = beginningOf(options, services.feed.revision);
    this.#first = fromState ? inChunks(initialItems(cache, selection)) : [];
    if (options.sendInitialEvents && options.allowWatchBookmarks)
      this.#first.push({ bookmark: services.feed.revision, annotations: INITIAL_EVENTS_END });
    this.#told = told;
    this.#watch = cache.watch(selection, after, session.inProcess ? undefined : services.feed.pacer);
    this.#timeout = this.#clock.timer(this.#timeoutMs(), () => {
      this.#timedOut = true;
      this.#watch.watcher.nudge();
    });
    this.#armBookmark();
    signal.addEventListener("abort", this.#nudge, { once: true });
  }

  /** Throws StatusError 410 or 504 when the watch cannot begin where the client wants it to. */
  static async open(services: EndpointServices, cache: ResourceCache, session: SessionOptions): Promise<WatchSession> {
    const { resourceVersion, sendInitialEvents } = session.options;
    if (sendInitialEvents && resourceVersion !== undefined) await services.feed.waitFor(resourceVersion, session);
    else if (resourceVersion === undefined && sendInitialEvents !== false) await services.feed.waitUntilFresh(session);
    return new WatchSession(services, cache, session);
  }

  /** What the client is told next; undefined at the end. */
  async next(): Promise<Notice | undefined> {
    const { watcher } = this.#watch;
    const first = this.#first.shift();
    if (first) return first;
    while (!this.#session.signal.aborted && !this.#timedOut && !watcher.closed && !this.#ended) {
      const batch = this.#unseen(watcher.take());
      if (batch) return { batch };
      if (this.#bookmarkDue) {
        this.#armBookmark();
        return { bookmark: this.#seen };
      }
      await watcher.ready();
    }
    return this.#last();
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    this.#first.length = 0;
    this.#watch[Symbol.dispose]();
    this.#timeout[Symbol.dispose]();
    this.#bookmarkTimer?.[Symbol.dispose]();
    this.#session.signal.removeEventListener("abort", this.#nudge);
    this.#watch.watcher.nudge();
  }

  readonly #nudge = () => this.#watch.watcher.nudge();

  /** A watch that ends in time says how far it came, once. */
  #last(): Notice | undefined {
    const tells = this.#timedOut && !this.#ended && this.#session.options.allowWatchBookmarks;
    if (!this.#ended) this[Symbol.dispose]();
    return tells ? { bookmark: this.#seen } : undefined;
  }

  get #seen(): Revision {
    return Math.max(this.#feed.revision, this.#told);
  }

  #unseen(batch: WatchBatch | undefined): WatchBatch | undefined {
    if (!batch || batch.items[0]!.stored.revision > this.#told) return batch;
    const items = batch.items.filter(({ stored }) => stored.revision > this.#told);
    return items.length === 0 ? undefined : new WatchBatch(items);
  }

  #armBookmark(): void {
    this.#bookmarkDue = false;
    if (!this.#session.options.allowWatchBookmarks) return;
    this.#bookmarkTimer = this.#clock.timer(BOOKMARK_PERIOD_MS * (0.75 + this.#random.float() / 4), () => {
      this.#bookmarkDue = true;
      this.#watch.watcher.nudge();
    });
  }

  #timeoutMs(): number {
    const { timeoutSeconds } = this.#session.options;
    const seconds = timeoutSeconds || MIN_TIMEOUT_SECONDS * (1 + this.#random.float());
    return seconds * 1000;
  }
}

/**
 * A revision that is lost, or that does not come, is told within a watch that has begun: a client whose watch is refused may
 * ask again for ever.
 * Upstream: apiserver/pkg/storage/cacher/cacher.go#Watch
 */
function expiredEvent(error: unknown, encoder: WatchEncoder): Uint8Array {
  if (!isExpired(error) && !isTooLargeResourceVersion(error)) throw error;
  return encoder.error(error.status);
}

function inChunks(items: readonly WatchItem[]): Notice[] {
  const chunks: Notice[] = [];
  for (let from = 0; from < items.length;) {
    const to = from + batchLength(items, from);
    chunks.push({ batch: new WatchBatch(items.slice(from, to)) });
    from = to;
  }
  return chunks;
}

function initialItems(cache: ResourceCache, selection: Selection): readonly WatchItem[] {
  const prefix = selection.namespace === "" ? {} : { prefix: `${selection.namespace}/` };
  const items: WatchItem[] = [];
  for (const stored of cache.snapshot().values(prefix)) {
    if (selects(cache.kind, selection, stored.object)) items.push({ type: "ADDED", stored });
  }
  return items;
}

/** The session as a stream; by hand, because each event would pass through every generator in between. */
function streamOf<T>(session: WatchSession, apiVersion: string, tell: (notice: Notice) => T): AsyncIterable<T> {
  const iterator: AsyncIterator<T> = {
    async next() {
      try {
        let notice = await session.next();
        const converting = notice && "batch" in notice ? readyBatch(notice.batch, apiVersion) : undefined;
        if (converting) notice = (await converting) ?? notice;
        if (notice && "failure" in notice) session[Symbol.dispose]();
        return notice ? { done: false, value: tell(notice) } : { done: true, value: undefined };
      } catch (error) {
        session[Symbol.dispose](); // Nobody calls `return` of an iterator that has thrown.
        throw error;
      }
    },
    return() {
      session[Symbol.dispose]();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/** Nothing is waited for where nothing is converted: watchers are told in the turn of the event. */
function readyBatch({ items }: WatchBatch, apiVersion: string): undefined | Promise<Notice | undefined> {
  const converting = readyIn(items[0]!.stored.kind, apiVersion, () => items.map(({ stored }) => stored));
  return converting?.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof StatusError) return { failure: error };
      throw error;
    },
  );
}

function encodedEvents(session: WatchSession, encoder: WatchEncoder): AsyncIterable<Uint8Array> {
  return streamOf(session, encoder.apiVersion, (notice) => {
    if ("bookmark" in notice) return encoder.bookmark(notice.bookmark, notice.annotations);
    if ("failure" in notice) return encoder.error(notice.failure.status);
    return encoder.batch(notice.batch);
  });
}

function objectEvents(session: WatchSession, apiVersion: string): AsyncIterable<readonly WatchEvent[]> {
  return streamOf(session, apiVersion, (notice) => {
    if ("batch" in notice)
      return notice.batch.items.map(({ type, stored }) => ({ type, object: stored.inVersion(apiVersion) }));
    if ("failure" in notice) return [{ type: "ERROR", object: notice.failure.status }];
    return [{ type: "BOOKMARK", object: bookmarkObject(notice.bookmark, notice.annotations) }];
  });
}

function bookmarkObject(revision: Revision, annotations: Readonly<Record<string, string>> | undefined): KubeObject {
  return { metadata: { resourceVersion: String(revision), ...(annotations ? { annotations } : {}) } };
}
