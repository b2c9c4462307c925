import type { StoreFeed } from "../cacher/store-feed.ts";
import type { ResourceRequest } from "../routing/request-info.ts";
import type { ObjectStats } from "./work-estimate.ts";

/** How much is stored of the resource that a request asks for. */
export function resourceStats(feed: StoreFeed): (info: ResourceRequest) => ObjectStats | undefined {
  return ({ group, resource }) => {
    for (const cache of feed.caches) {
      const { kind } = cache;
      if (kind.plural === resource && (kind.group === group || holdsGroup(kind.versions, group)))
        return { count: cache.size, bytes: cache.bytes };
    }
    return undefined;
  };
}

/** Some kinds are in another group by an older name, as events are. */
const holdsGroup = (versions: Readonly<Record<string, unknown>>, group: string): boolean =>
  Object.keys(versions).some((apiVersion) => apiVersion.startsWith(`${group}/`));
