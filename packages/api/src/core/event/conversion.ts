import { canonicalize, type Draft } from "@dingi/apimachinery";
import { CoreV1Event, EventsV1Event } from "./event.gen.ts";

/** Upstream: pkg/apis/events/v1/conversion.go */
export function fromEventsV1(event: EventsV1Event): Draft<CoreV1Event> {
  const {
    regarding,
    note,
    reportingController,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    ...same
  } = event;
  const hub = {
    ...same,
    apiVersion: undefined,
    involvedObject: regarding,
    message: note,
    reportingComponent: reportingController,
    source: deprecatedSource,
    firstTimestamp: deprecatedFirstTimestamp,
    lastTimestamp: deprecatedLastTimestamp,
    count: deprecatedCount,
  };
  return canonicalize(CoreV1Event, hub) as Draft<CoreV1Event>;
}

export function toEventsV1(event: CoreV1Event): EventsV1Event {
  const { involvedObject, message, reportingComponent, source, firstTimestamp, lastTimestamp, count, ...same } = event;
  const shape = {
    ...same,
    apiVersion: undefined,
    regarding: involvedObject,
    note: message,
    reportingController: reportingComponent,
    deprecatedSource: source,
    deprecatedFirstTimestamp: firstTimestamp,
    deprecatedLastTimestamp: lastTimestamp,
    deprecatedCount: count,
  };
  return canonicalize(EventsV1Event, shape) as EventsV1Event;
}
