import type { Clock } from "@dingi/base";
import type { Revision, Store } from "@dingi/store";
import type { ResourceCache } from "./resource-cache.ts";

const PAGE = 2000;

/** Loads what is stored below a prefix into caches, page by page, all as of one revision; resolves to that. */
export async function loadEntries(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  prefix: string,
  cacheOf: (key: string) => ResourceCache | undefined,
): Promise<Revision> {
  const { revision, ...first } = await store.range(prefix, { limit: PAGE });
  for (let page: Pick<typeof first, "entries" | "remaining"> = first; ;) {
    for (const entry of page.entries) {
      const cache = cacheOf(entry.key);
      cache?.load(entry.key.slice(cache.prefix.length), entry.value, entry.revision);
      const due = clock.yieldIfDue();
      if (due) await due;
    }
    const last = page.entries.at(-1);
    if (page.remaining === 0 || !last) return revision;
    page = await store.range(prefix, { limit: PAGE, after: last.key, revision });
  }
}
