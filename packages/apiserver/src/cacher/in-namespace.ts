import type { KindDefinition, KubeObject } from "@dingi/apimachinery";
import type { StoreFeed } from "./store-feed.ts";

/** The objects of a kind in one namespace, by name. */
export function inNamespace<T extends KubeObject>(feed: StoreFeed, kind: KindDefinition<T>, namespace: string): T[] {
  const found: T[] = [];
  const cache = feed.cache(kind);
  if (cache.isEmpty) return found;
  for (const { object } of cache.snapshot().values({ prefix: `${namespace}/` })) found.push(object as unknown as T);
  return found;
}
