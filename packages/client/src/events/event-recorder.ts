import type { V1ObjectReference } from "@dingi/api";
import { wireTime } from "@dingi/apimachinery";
import { EventCorrelator, type NewEvent } from "./event-correlator.ts";
import { eventName, EventWriter, type EventWriterOptions } from "./event-writer.ts";

export interface EventRecorderOptions extends EventWriterOptions {
  /** Who reports: "kubelet", "deployment-controller". */
  readonly component: string;
  /** The node, for what runs on one. */
  readonly host?: string;
}

const MAX_MESSAGE = 1024;

/** Tells of what happens to objects in core/v1 Events. Upstream: client-go/tools/record */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #writer: EventWriter;
  readonly #correlator: EventCorrelator;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#writer = new EventWriter(options);
    this.#correlator = new EventCorrelator(options.clock);
  }

  event(about: V1ObjectReference, type: "Normal" | "Warning", reason: string, message: string): void {
    const { clock, random, component, host } = this.#options;
    const now = wireTime(clock.now());
    const event: NewEvent = {
      metadata: { name: eventName(about.name ?? "", clock, random), namespace: about.namespace || "default" },
      involvedObject: about,
      reason,
      message: message.slice(0, MAX_MESSAGE),
      source: { component, ...(host === undefined ? {} : { host }) },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      reportingComponent: component,
      reportingInstance: host ?? "",
    };
    this.#writer.push(() => this.#correlator.correlate(event));
  }
}

/** The reference to an object that an event is about. */
export function referenceTo(
  kind: { readonly apiVersion: string; readonly kind: string },
  object: {
    readonly metadata: {
      name?: string | undefined;
      namespace?: string | undefined;
      uid?: string | undefined;
      resourceVersion?: string | undefined;
    };
  },
): V1ObjectReference {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  return { apiVersion: kind.apiVersion, kind: kind.kind, name, namespace, uid, resourceVersion };
}
