import { equalResources, type V1ResourceQuota } from "@dingi/api";
import { keyOf, keyString, semanticEqual } from "@dingi/apimachinery";

/** By then every write that was charged has happened or failed: no request lasts longer. */
const RECHECK_MS = 60_000;
/** What has just been charged is about to be written; recounted before that, its charge would be taken back. */
const SETTLE_MS = 250;
/** Where something is charged all the time, what was set free waits no longer than this. */
const LONGEST_MS = 2000;

interface Remembered {
  /** The revision at which the quota's usage was counted. */
  counted?: { readonly revision: string; readonly names: readonly string[] };
  /** The newest revision, and since when it is known. */
  seen?: { readonly revision: string; readonly sinceMs: number };
  /** Since when something may be free. */
  freedMs?: number;
  /** When it is to be counted again. */
  dueMs?: number;
}

/** When which quota is to be counted again. */
export class QuotaMemory {
  readonly #quotas = new Map<string, Remembered>();

  /** Something that it counts is gone, or counts less. */
  free(key: string, nowMs: number): void {
    this.#of(key).freedMs ??= nowMs;
  }

  forget(key: string): void {
    this.#quotas.delete(key);
  }

  /** How long it is still to be left alone; 0 when it is to be counted, undefined when there is no reason to. */
  waitMs(quota: V1ResourceQuota, nowMs: number): number | undefined {
    const known = this.#of(keyString(keyOf(quota)));
    const revision = quota.metadata.resourceVersion ?? "";
    if (known.seen?.revision !== revision) known.seen = { revision, sinceMs: nowMs };
    if (!known.counted || isIncomplete(quota, known.counted.names)) return 0;
    let quietMs = 0;
    if (revision !== known.counted.revision) {
      known.dueMs ??= nowMs + RECHECK_MS;
      quietMs = known.seen.sinceMs + SETTLE_MS;
    }
    const atMs = known.freedMs === undefined ? known.dueMs : Math.min(quietMs, known.freedMs + LONGEST_MS);
    return atMs === undefined ? undefined : Math.max(0, atMs - nowMs);
  }

  /** It is about to be counted: what is freed from now on is another reason. */
  begin(quota: V1ResourceQuota, nowMs: number): void {
    const known = this.#of(keyString(keyOf(quota)));
    const isCharged = known.counted !== undefined && known.counted.revision !== quota.metadata.resourceVersion;
    delete known.freedMs;
    delete known.dueMs;
    if (isCharged) known.dueMs = nowMs + RECHECK_MS;
  }

  /** It has been counted, and is to be again at some time in any case. */
  counted(quota: V1ResourceQuota, changesAtMs: number | undefined): void {
    const known = this.#of(keyString(keyOf(quota)));
    known.counted = {
      revision: quota.metadata.resourceVersion ?? "",
      names: Object.keys(quota.status.used ?? {}),
    };
    if (changesAtMs !== undefined) known.dueMs = Math.min(known.dueMs ?? Infinity, changesAtMs);
  }

  #of(key: string): Remembered {
    let known = this.#quotas.get(key);
    if (!known) this.#quotas.set(key, (known = {}));
    return known;
  }
}

/** Nothing is admitted, or too much, before its status shows what its spec says. Upstream: pkg/controller/resourcequota/resource_quota_controller.go#addQuota */
function isIncomplete({ spec, status }: V1ResourceQuota, names: readonly string[]): boolean {
  const { used = {} } = status;
  return !semanticEqual(spec.hard ?? {}, status.hard ?? {}) || names.some((name) => !Object.hasOwn(used, name));
}

export function isSameUsage(a: V1ResourceQuota["status"], b: V1ResourceQuota["status"]): boolean {
  return semanticEqual(a.hard ?? {}, b.hard ?? {}) && equalResources(a.used, b.used);
}
