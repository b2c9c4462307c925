import type { CoreV1Event } from "@dingi/api";
import { LruMap, type Clock } from "@dingi/base";
import { SpamFilter } from "./spam-filter.ts";

export type NewEvent = Omit<CoreV1Event, "apiVersion" | "kind">;

const MAX_REMEMBERED = 4096;
const MAX_SIMILAR = 10;
const SIMILAR_FOR_MS = 10 * 60_000;

interface Similar {
  readonly messages: Set<string>;
  atMs: number;
}

interface Told {
  readonly name: string;
  readonly firstTimestamp: string | undefined;
  count: number;
}

/** What to write of an event: the object, and, when it was told before, what changes of it. */
interface Correlated {
  readonly event: NewEvent;
  readonly patch: Pick<NewEvent, "count" | "lastTimestamp" | "message"> | undefined;
}

/**
 * The same event again raises the count of the first; the tenth that differs in its words only, within ten minutes, and
 * those after it become one; a source that tells too much of one object is not heard.
 * Upstream: client-go/tools/record/events_cache.go#EventCorrelator
 */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #filter: SpamFilter;
  readonly #similar = new LruMap<string, Similar>(MAX_REMEMBERED);
  readonly #told = new LruMap<string, Told>(MAX_REMEMBERED);

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filter = new SpamFilter(clock);
  }

  /** Undefined if it is not to be written; it counts nevertheless. */
  correlate(event: NewEvent): Correlated | undefined {
    const combined = this.#combine(event);
    const correlated = this.#observe(combined.event, combined.key);
    return this.#filter.accepts(sourceKey(event)) ? correlated : undefined;
  }

  #combine(event: NewEvent): { readonly event: NewEvent; readonly key: string } {
    const group = groupKey(event);
    const now = this.#clock.monotonic();
    const known = this.#similar.get(group);
    const similar = known && now - known.atMs <= SIMILAR_FOR_MS ? known : { messages: new Set<string>(), atMs: now };
    similar.messages.add(event.message ?? "");
    similar.atMs = now;
    this.#similar.set(group, similar);
    if (similar.messages.size < MAX_SIMILAR) return { event, key: eventKey(event) };
    // No more of them than it takes to know that they are many.
    similar.messages.delete(similar.messages.values().next().value!);
    const message = `(combined from similar events): ${event.message}`;
    return { event: { ...event, message, reportingComponent: "", reportingInstance: "" }, key: group };
  }

  #observe(event: NewEvent, key: string): Correlated {
    const told = this.#told.get(key);
    if (!told) {
      this.#told.set(key, { name: event.metadata.name ?? "", firstTimestamp: event.firstTimestamp, count: 1 });
      return { event, patch: undefined };
    }
    told.count++;
    const { name, firstTimestamp, count } = told;
    const { lastTimestamp, message } = event;
    return {
      event: { ...event, metadata: { ...event.metadata, name }, firstTimestamp, count },
      patch: { count, lastTimestamp, message },
    };
  }
}

const EVENT = ["fieldPath", "reason", "message"] as const;
const GROUP = ["reason", "reporter"] as const;

function keyFrom({ involvedObject, source, ...event }: NewEvent, more: readonly (keyof Parts)[]): string {
  const { kind, namespace, name, uid, apiVersion, fieldPath } = involvedObject;
  const parts: Parts = {
    fieldPath,
    reason: event.reason,
    message: event.message,
    reporter: `${event.reportingComponent} ${event.reportingInstance}`,
  };
  const common = [source?.component, source?.host, kind, namespace, name, uid, apiVersion, event.type];
  return JSON.stringify([...common, ...more.map((part) => parts[part])]);
}

interface Parts {
  readonly fieldPath: string | undefined;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  readonly reporter: string;
}

const sourceKey = (event: NewEvent): string => keyFrom(event, []);
const groupKey = (event: NewEvent): string => `group ${keyFrom(event, GROUP)}`;
const eventKey = (event: NewEvent): string => keyFrom(event, EVENT);
