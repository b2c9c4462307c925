import type { V1ObjectReference } from "@dingi/api";
import { wireMicroTime } from "@dingi/apimachinery";
import { LruMap } from "@dingi/base";
import type { NewEvent } from "./event-correlator.ts";
import { eventName, EventWriter, type EventWriterOptions } from "./event-writer.ts";

export interface SeriesRecorderOptions extends EventWriterOptions {
  /** Who reports: "default-scheduler". */
  readonly controller: string;
  /** Which of several: the controller's name and its host's. */
  readonly instance: string;
}

/** Something that was done about an object, perhaps for the sake of another. */
export interface Happening {
  readonly regarding: V1ObjectReference;
  readonly related?: V1ObjectReference;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

const MAX_SERIES = 4096;
const MAX_NOTE = 1024;
const CUT = " ...";
const FINISH_MS = 6 * 60_000;
const REFRESH_MS = 30 * 60_000;

interface Series {
  readonly event: NewEvent;
  count: number;
  lastMs: number;
  /** What of it was written last. */
  writtenCount: number;
  writtenMs: number;
}

/**
 * Tells of what happens in events of the newer form: the same thing again makes a series of the first, of which the second
 * and the last are written, and now and then one between. Upstream: client-go/tools/events
 *
 * Differs: written as core/v1, in which the same object is stored.
 */
export class SeriesRecorder {
  readonly #options: SeriesRecorderOptions;
  readonly #writer: EventWriter;
  readonly #series = new LruMap<string, Series>(MAX_SERIES);
  #tidying = false;

  constructor(options: SeriesRecorderOptions) {
    this.#options = options;
    this.#writer = new EventWriter(options);
  }

  event(happening: Happening): void {
    const key = JSON.stringify([
      happening.type,
      happening.action,
      happening.reason,
      happening.regarding,
      happening.related,
    ]);
    const nowMs = this.#options.clock.now();
    const known = this.#series.get(key);
    if (!known) {
      const event = this.#eventOf(happening, nowMs);
      this.#series.set(key, { event, count: 1, lastMs: nowMs, writtenCount: 1, writtenMs: nowMs });
      this.#writer.push(() => ({ event, patch: undefined }));
      return this.#arm();
    }
    known.count++;
    known.lastMs = nowMs;
    if (known.count === 2) this.#write(known);
  }

  #write(series: Series): void {
    series.writtenCount = series.count;
    series.writtenMs = this.#options.clock.now();
    const patch = { series: { count: series.count, lastObservedTime: wireMicroTime(series.lastMs) } };
    this.#writer.push(() => ({ event: { ...series.event, ...patch }, patch }));
  }

  #arm(): void {
    if (this.#tidying) return;
    this.#tidying = true;
    this.#options.clock.timer(FINISH_MS, () => this.#tidy());
  }

  /** Ends what has not happened for a while. */
  #tidy(): void {
    this.#tidying = false;
    const now = this.#options.clock.now();
    for (const [key, series] of this.#series.entries()) {
      const over = series.lastMs <= now - FINISH_MS;
      if (series.count > series.writtenCount && (over || series.writtenMs <= now - REFRESH_MS)) this.#write(series);
      if (over) this.#series.delete(key);
    }
    if (this.#series.size > 0) this.#arm();
  }

  #eventOf({ regarding, related, type, reason, action, note }: Happening, nowMs: number): NewEvent {
    const { clock, random, controller, instance } = this.#options;
    return {
      metadata: { name: eventName(regarding.name ?? "", clock, random), namespace: regarding.namespace || "default" },
      involvedObject: regarding,
      ...(related ? { related } : {}),
      eventTime: wireMicroTime(nowMs),
      reason,
      action,
      message: note.length > MAX_NOTE ? note.slice(0, MAX_NOTE - CUT.length) + CUT : note,
      type,
      reportingComponent: controller,
      reportingInstance: instance.slice(0, 128),
    };
  }
}
