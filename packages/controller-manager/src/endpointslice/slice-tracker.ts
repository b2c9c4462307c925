import { EndpointSlice, type V1EndpointSlice } from "@dingi/api";
import { keyOf, keyString, type ObjectKey } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import type { ControllerCache } from "@dingi/controller-runtime";

const DELETED = -1;
/** Events are never this late: what is still waited for then was gone before it was noted. */
const PATIENCE_MS = 30_000;

interface Expected {
  readonly generation: number;
  readonly sinceMs: number;
}

/**
 * What a controller wrote, until its cache shows it: from an old copy, slices would be made twice.
 * Upstream: endpointslice/util/endpointslice_tracker.go
 */
export class SliceTracker {
  /** By Service, then by slice: the generation to be seen. */
  readonly #expected = new Map<string, Map<string, Expected>>();

  wrote(service: ObjectKey, { metadata }: V1EndpointSlice, clock: Clock): void {
    this.#expect(service, metadata.uid ?? "", {
      generation: Number(metadata.generation ?? 0),
      sinceMs: clock.monotonic(),
    });
  }

  removed(service: ObjectKey, { metadata }: V1EndpointSlice, clock: Clock): void {
    this.#expect(service, metadata.uid ?? "", { generation: DELETED, sinceMs: clock.monotonic() });
  }

  /** To be called for each event of a slice: what is gone is not waited for, whoever removed it. */
  observe(service: ObjectKey, slice: V1EndpointSlice, cache: ControllerCache): void {
    const uid = slice.metadata.uid ?? "";
    if (cache.get(EndpointSlice, keyOf(slice))?.metadata.uid !== uid)
      this.#expected.get(keyString(service))?.delete(uid);
  }

  isStale(service: ObjectKey, slices: readonly V1EndpointSlice[], clock: Clock): boolean {
    const expected = this.#expected.get(keyString(service)) ?? new Map<string, Expected>();
    const shown = new Map(slices.map(({ metadata }) => [metadata.uid ?? "", Number(metadata.generation ?? 0)]));
    return [...expected].some(([uid, { generation, sinceMs }]) => {
      if (sinceMs + PATIENCE_MS < clock.monotonic()) return false;
      return generation === DELETED ? shown.has(uid) : (shown.get(uid) ?? DELETED) < generation;
    });
  }

  forget(service: ObjectKey): void {
    this.#expected.delete(keyString(service));
  }

  #expect(service: ObjectKey, uid: string, expected: Expected): void {
    const name = keyString(service);
    const known = this.#expected.get(name) ?? new Map<string, Expected>();
    this.#expected.set(name, known.set(uid, expected));
  }
}
