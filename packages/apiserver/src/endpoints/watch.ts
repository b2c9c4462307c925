import { parseFieldSelector, type ApiResponse, type KubeObject, type WatchEvent } from "@dingi/apimachinery";
import type { Clock, Random } from "@dingi/base";
import type { Revision } from "@dingi/store";
import type { CacheWatcher, WatchItem } from "../cacher/cache-watcher.ts";
import { selects, type Selection } from "../cacher/selection.ts";
import type { ResourceCache } from "../cacher/resource-cache.ts";
import type { StoreFeed } from "../cacher/store-feed.ts";
import { commonHeaders, includeObjectOf, negotiateRequest } from "../negotiation/respond.ts";
import { WatchEncoder } from "../negotiation/watch-encoder.ts";
import type { EndpointServices, ResourceCall } from "./endpoint.ts";
import { parseListOptions, type ListOptions } from "./list-options.ts";

const MIN_TIMEOUT_SECONDS = 1800;
const BOOKMARK_PERIOD_MS = 60_000;
const INITIAL_EVENTS_END = { "k8s.io/initial-events-end": "true" };
const INITIAL_CHUNK = 500;

/** One thing to tell the client: changes, or how far it has seen everything. */
type Notice =
  | { readonly items: readonly WatchItem[] }
  | { readonly bookmark: Revision; readonly annotations?: Readonly<Record<string, string>> };

export async function watchResource(call: ResourceCall, services: EndpointServices): Promise<ApiResponse> {
  const { request, info, kind } = call;
  const options = parseListOptions(kind, request.query, true);
  const selection: Selection = {
    namespace: info.namespace,
    labels: options.labels,
    fields: withName(call, options).fields,
  };
  const negotiated = request.wantsObjects
    ? undefined
    : negotiateRequest(request, { views: ["Table", "PartialObjectMetadata"], stream: true });
  const session = await WatchSession.open(services, services.resourceStore(kind).cache, {
    selection,
    options,
    signal: request.signal,
  });
  if (!negotiated) return { status: 200, headers: {}, events: objectEvents(session, info.apiVersion) };
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
    body: encodedEvents(session, encoder),
  };
}

/** `GET …/pods/NAME?watch=true` watches the one object. */
function withName(call: ResourceCall, options: ListOptions): Pick<ListOptions, "fields"> {
  const { info } = call;
  if (info.name === "" || options.fields) return options;
  return { fields: parseFieldSelector(`metadata.name=${info.name}`) };
}

interface SessionOptions {
  readonly selection: Selection;
  readonly options: ListOptions;
  readonly signal: AbortSignal;
}

/** One open watch, from its first event to its time-out. */
class WatchSession {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #feed: StoreFeed;
  readonly #session: SessionOptions;
  readonly #initial: readonly WatchItem[];
  readonly #initialRevision: Revision;
  readonly #watch: { watcher: CacheWatcher } & Disposable;

  private constructor(services: EndpointServices, cache: ResourceCache, session: SessionOptions) {
    const { selection, options } = session;
    this.#clock = services.clock;
    this.#random = services.random;
    this.#feed = services.feed;
    this.#session = session;
    const fromState = options.sendInitialEvents ?? (options.resourceVersion ?? 0) === 0;
    const fromNow = options.sendInitialEvents === false && (options.resourceVersion ?? 0) === 0;
    this.#initialRevision = services.feed.revision;
    this.#initial = fromState ? initialItems(cache, selection) : [];
    this.#watch = cache.watch(selection, fromState || fromNow ? undefined : options.resourceVersion);
  }

  /** Throws StatusError 410 or 504 when the watch cannot begin where the client wants it to. */
  static async open(services: EndpointServices, cache: ResourceCache, session: SessionOptions): Promise<WatchSession> {
    const { resourceVersion, sendInitialEvents } = session.options;
    if (resourceVersion !== undefined) await services.feed.waitFor(resourceVersion, session);
    else if (sendInitialEvents !== false) await services.feed.waitUntilFresh(session);
    return new WatchSession(services, cache, session);
  }

  async *notices(): AsyncGenerator<Notice> {
    using watch = this.#watch;
    const { options, signal } = this.#session;
    const { watcher } = watch;
    for (let i = 0; i < this.#initial.length; i += INITIAL_CHUNK)
      yield { items: this.#initial.slice(i, i + INITIAL_CHUNK) };
    if (options.sendInitialEvents) yield { bookmark: this.#initialRevision, annotations: INITIAL_EVENTS_END };
    const nudge = () => watcher.nudge();
    let timedOut = false;
    let bookmarkDue = false;
    using _timeout = this.#clock.timer(this.#timeoutMs(), () => ((timedOut = true), nudge()));
    let bookmarkTimer = this.#bookmarkTimer(() => ((bookmarkDue = true), nudge()));
    signal.addEventListener("abort", nudge, { once: true });
    try {
      while (!signal.aborted && !timedOut && !watcher.closed) {
        const items = watcher.drain();
        if (items.length > 0) yield { items };
        else if (bookmarkDue) {
          bookmarkDue = false;
          yield { bookmark: this.#feed.revision };
          bookmarkTimer = this.#bookmarkTimer(() => ((bookmarkDue = true), nudge()));
        } else await watcher.ready();
      }
      if (timedOut && options.allowWatchBookmarks) yield { bookmark: this.#feed.revision };
    } finally {
      bookmarkTimer?.[Symbol.dispose]();
      signal.removeEventListener("abort", nudge);
    }
  }

  #bookmarkTimer(fire: () => void): Disposable | undefined {
    if (!this.#session.options.allowWatchBookmarks) return undefined;
    return this.#clock.timer(BOOKMARK_PERIOD_MS * (0.75 + this.#random.float() / 4), fire);
  }

  #timeoutMs(): number {
    const { timeoutSeconds } = this.#session.options;
    const seconds = timeoutSeconds || MIN_TIMEOUT_SECONDS * (1 + this.#random.float());
    return seconds * 1000;
  }
}

function initialItems(cache: ResourceCache, selection: Selection): readonly WatchItem[] {
  const prefix = selection.namespace === "" ? {} : { prefix: `${selection.namespace}/` };
  const items: WatchItem[] = [];
  for (const stored of cache.snapshot().values(prefix)) {
    if (selects(cache.kind, selection, stored.object)) items.push({ type: "ADDED", stored });
  }
  return items;
}

async function* encodedEvents(session: WatchSession, encoder: WatchEncoder): AsyncGenerator<Uint8Array> {
  for await (const notice of session.notices()) {
    if ("bookmark" in notice) yield encoder.bookmark(notice.bookmark, notice.annotations);
    else if (notice.items.length === 1) yield encoder.item(notice.items[0]!);
    else yield Buffer.concat(notice.items.map((item) => encoder.item(item)));
  }
}

async function* objectEvents(session: WatchSession, apiVersion: string): AsyncGenerator<readonly WatchEvent[]> {
  for await (const notice of session.notices()) {
    if ("items" in notice)
      yield notice.items.map(({ type, stored }) => ({ type, object: stored.inVersion(apiVersion) }));
    else yield [{ type: "BOOKMARK", object: bookmarkObject(notice.bookmark, notice.annotations) }];
  }
}

function bookmarkObject(revision: Revision, annotations: Readonly<Record<string, string>> | undefined): KubeObject {
  return { metadata: { resourceVersion: String(revision), ...(annotations ? { annotations } : {}) } };
}
