import { translateTimestampSince, type Column } from "@dingi/apimachinery";
import type { CoreV1Event } from "./event.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printEvent */
export const columns: readonly Column<CoreV1Event>[] = [
  { name: "Last Seen", type: "string", value: (event, { nowMs }) => lastSeen(event, nowMs) },
  { name: "Type", type: "string", value: ({ type }) => type ?? "" },
  { name: "Reason", type: "string", value: ({ reason }) => reason ?? "" },
  { name: "Object", type: "string", value: objectText },
  { name: "Subobject", type: "string", priority: 1, value: ({ involvedObject }) => involvedObject.fieldPath ?? "" },
  { name: "Source", type: "string", priority: 1, value: sourceText },
  { name: "Message", type: "string", value: ({ message }) => (message ?? "").trim() },
  { name: "First Seen", type: "string", priority: 1, value: (event, { nowMs }) => firstSeen(event, nowMs) },
  {
    name: "Count",
    type: "string",
    priority: 1,
    value: ({ series, count }) => (series ? (series.count ?? 0) : count || 1),
  },
  { name: "Name", type: "string", format: "name", priority: 1, value: ({ metadata }) => metadata.name ?? "" },
];

function firstSeen({ firstTimestamp, eventTime }: CoreV1Event, nowMs: number): string {
  return translateTimestampSince(firstTimestamp || eventTime, nowMs);
}

function lastSeen(event: CoreV1Event, nowMs: number): string {
  if (event.series) return translateTimestampSince(event.series.lastObservedTime, nowMs);
  return event.lastTimestamp ? translateTimestampSince(event.lastTimestamp, nowMs) : firstSeen(event, nowMs);
}

function objectText({ involvedObject: { kind = "", name } }: CoreV1Event): string {
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
}

function sourceText({ source, reportingComponent, reportingInstance }: CoreV1Event): string {
  const instance = source?.host || reportingInstance;
  return `${source?.component || reportingComponent}${instance ? `, ${instance}` : ""}`;
}
