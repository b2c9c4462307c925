import type { ReadonlyPersistentMap } from "@dingi/base";
import { PersistentMap } from "@dingi/base";
import { keyString, newExpired, StatusError, type AnyKind, type KubeObject } from "@dingi/apimachinery";
import { CompactedError, type Revision, type Store } from "@dingi/store";
import type { ResourceCache } from "../cacher/resource-cache.ts";
import { selectedName, selects, type Selection } from "../cacher/selection.ts";
import type { StoreFeed, Waiting } from "../cacher/store-feed.ts";
import type { Stored } from "../cacher/stored.ts";
import { decodeValue } from "../cacher/value-codec.ts";
import type { Run } from "../negotiation/list-chunks.ts";
import { decodeContinue, encodeContinue } from "./continue-token.ts";
import type { ListOptions } from "./list-options.ts";

interface PageParts {
  readonly kind: AnyKind;
  readonly revision: Revision;
  /** The items in stretches that other lists may share. */
  readonly runs: readonly Run[];
  readonly continueToken?: string;
  readonly remaining?: number | undefined;
}

/** One answer to a list: what it holds can be read for as long as it takes, while writes go on. */
export class Page {
  readonly kind: AnyKind;
  readonly revision: Revision;
  readonly runs: readonly Run[];
  readonly continueToken: string;
  readonly remaining: number | undefined;

  constructor({ kind, revision, runs, continueToken = "", remaining }: PageParts) {
    this.kind = kind;
    this.revision = revision;
    this.runs = runs;
    this.continueToken = continueToken;
    this.remaining = remaining;
  }

  get items(): readonly Stored<KubeObject>[] {
    return this.runs.flatMap(({ values }) => values);
  }
}

interface ListSource {
  readonly feed: StoreFeed;
  readonly store: Store;
}

/** Throws StatusError 410 when the revision asked for is gone, 504 when it has not come yet. */
export async function listPage(
  source: ListSource,
  cache: ResourceCache,
  selection: Selection,
  options: ListOptions,
  waiting: Waiting,
): Promise<Page> {
  const token = options.continueToken === "" ? undefined : decodeContinue(options.continueToken);
  const { content, revision } = token
    ? await contentForToken(source, cache, token.revision, token.after, waiting)
    : await contentFor(source, cache, options, waiting);
  return cut(cache, content, revision, { selection, limit: options.limit, after: token?.after });
}

interface Content {
  readonly content: ReadonlyPersistentMap<Stored>;
  readonly revision: Revision;
}

async function contentFor(
  source: ListSource,
  cache: ResourceCache,
  options: ListOptions,
  waiting: Waiting,
): Promise<Content> {
  const { feed } = source;
  const { resourceVersion, resourceVersionMatch, limit } = options;
  if (resourceVersion === undefined) await feed.waitUntilFresh(waiting);
  else await feed.waitFor(resourceVersion, waiting);
  const exact =
    resourceVersionMatch === "Exact" || (resourceVersionMatch === undefined && limit > 0 && (resourceVersion ?? 0) > 0);
  if (exact) return await contentAt(source, cache, resourceVersion!);
  return { content: cache.snapshot(), revision: feed.revision };
}

async function contentForToken(
  source: ListSource,
  cache: ResourceCache,
  revision: Revision | bigint | undefined,
  after: string,
  waiting: Waiting,
): Promise<Content> {
  if (revision !== undefined) {
    await source.feed.waitFor(revision, waiting);
    return await contentAt(source, cache, Number(revision)).catch((error: unknown) => {
      throw error instanceof StatusError && error.code === 410 ? expiredContinue(after) : error;
    });
  }
  await source.feed.waitUntilFresh(waiting);
  return { content: cache.snapshot(), revision: source.feed.revision };
}

/** The client may go on from where it was, at the newest revision. Upstream: apiserver/pkg/storage/etcd3/errors.go */
function expiredContinue(after: string): StatusError {
  const error = newExpired(
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
  );
  return new StatusError({ ...error.status, metadata: { continue: encodeContinue({ revision: undefined, after }) } });
}

async function contentAt(source: ListSource, cache: ResourceCache, revision: Revision): Promise<Content> {
  if (revision < source.feed.oldestListed) throw tooOld();
  const content = cache.snapshotAt(revision, source.feed.revision);
  return { content: content ?? (await readAt(source.store, cache, revision)), revision };
}

/** History older than the cache's is read from the store. */
async function readAt(store: Store, cache: ResourceCache, revision: Revision): Promise<ReadonlyPersistentMap<Stored>> {
  try {
    const { entries } = await store.range(cache.prefix, { revision });
    return PersistentMap.from(
      entries.map((entry) => {
        const key = entry.key.slice(cache.prefix.length);
        return [key, decodeValue(cache.kind, key, entry.value, entry.revision)] as const;
      }),
    );
  } catch (error) {
    if (error instanceof CompactedError) throw tooOld();
    throw error;
  }
}

function tooOld(): StatusError {
  return newExpired("The resourceVersion for the provided list is too old.");
}

interface Cut {
  readonly selection: Selection;
  readonly limit: number;
  readonly after: string | undefined;
}

function cut(cache: ResourceCache, content: ReadonlyPersistentMap<Stored>, revision: Revision, cutting: Cut): Page {
  const { selection, limit, after } = cutting;
  const { kind } = cache;
  const own = (items: readonly Stored[]) => ({ kind, revision, runs: [{ values: items, shared: false }] });
  const one = selectedName(kind, selection);
  if (one) {
    const stored = content.get(keyString(one));
    return new Page(own(stored && selects(kind, selection, stored.object) ? [stored] : []));
  }
  const prefix = selection.namespace === "" ? {} : { prefix: `${selection.namespace}/` };
  const runs = content.runs({ ...prefix, ...(after === undefined ? {} : { after }) });
  const plain = !selection.labels && !selection.fields;
  if (plain && limit === 0) return new Page({ kind, revision, runs: [...runs] });
  const items: Stored[] = [];
  for (const { values } of runs) {
    for (const stored of values) {
      if (!plain && !selects(kind, selection, stored.object)) continue;
      if (limit > 0 && items.length === limit) {
        const last = items.at(-1)!.key;
        const remaining = plain ? content.count({ ...prefix, after: last }) : undefined;
        return new Page({ ...own(items), continueToken: encodeContinue({ revision, after: last }), remaining });
      }
      items.push(stored);
    }
  }
  return new Page(own(items));
}
