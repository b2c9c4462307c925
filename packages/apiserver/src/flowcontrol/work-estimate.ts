import type { RequestInfo, ResourceRequest } from "../routing/request-info.ts";

/** How much there is of a resource. */
export interface ObjectStats {
  readonly count: number;
  readonly bytes: number;
}

/** Upstream: apiserver/pkg/util/flowcontrol/request/list_work_estimator.go#bytesPerSeat */
const BYTES_PER_SEAT = 100_000;
/** A list is made as it is read, and never whole. Upstream: …#cacheWithStreamingMaxMemoryUsage */
const MOST_BYTES = 1_000_000;
const MOST_SEATS = 100;

/**
 * How many seats a request takes: a list those of its size, everything else one.
 *
 * Upstream: apiserver/pkg/util/flowcontrol/request/list_work_estimator.go#seatsBasedOnObjectSize
 * Differs: a write takes no more seats for those who watch, because its event is encoded once for all of them.
 */
export function seatsOf(
  info: RequestInfo,
  query: URLSearchParams,
  of: { readonly maxSeats: number; readonly stats: (info: ResourceRequest) => ObjectStats | undefined },
): number {
  if (!info.isResource || !readsMany(info, query)) return 1;
  const stats = of.stats(info);
  if (!stats || stats.count === 0) return 1;
  const limit = Number(query.get("limit") ?? 0);
  const shown = info.name !== "" ? 1 : limit > 0 ? Math.min(limit, stats.count) : stats.count;
  const bytes = Math.min(MOST_BYTES, (stats.bytes / stats.count) * shown);
  const most = of.maxSeats === 0 ? MOST_SEATS : Math.min(MOST_SEATS, of.maxSeats);
  return Math.max(1, Math.min(most, Math.ceil(bytes / BYTES_PER_SEAT)));
}

/** A watch does so at its beginning, where it begins with what is there. */
function readsMany({ verb }: ResourceRequest, query: URLSearchParams): boolean {
  if (verb === "list") return true;
  if (verb !== "watch") return false;
  const from = query.get("resourceVersion") ?? "";
  return query.get("sendInitialEvents") === "true" || from === "" || from === "0";
}
