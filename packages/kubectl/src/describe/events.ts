import { translateTimestampSince } from "@dingi/apimachinery";
import { at, numberAt, textAt, type AnyObject } from "../json.ts";
import type { TabbedText } from "./tabbed-text.ts";

/** Upstream: kubectl/pkg/describe/describe.go#DescribeEvents */
export function describeEvents(text: TabbedText, events: readonly AnyObject[], now: number): void {
  if (events.length === 0) return text.line(0, "Events:\t<none>");
  text.flush();
  text.write(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage\n");
  text.line(1, "----\t------\t----\t----\t-------");
  for (const event of events.toSorted((a, b) => (timeOf(a) < timeOf(b) ? -1 : timeOf(a) > timeOf(b) ? 1 : 0))) {
    const from = textAt(event, "source", "component") || textAt(event, "reportingComponent");
    const path = textAt(event, "involvedObject", "fieldPath");
    const message = `${path === "" ? "" : `${path}: `}${textAt(event, "message").trim()}`;
    text.line(1, `${textAt(event, "type")}\t${textAt(event, "reason")}\t${ageOf(event, now)}\t${from}\t${message}`);
  }
}

/** Upstream: kubectl/pkg/util/event/sorted_event_list.go */
function timeOf(event: AnyObject): string {
  return (
    textAt(event, "series", "lastObservedTime") ||
    textAt(event, "lastTimestamp") ||
    textAt(event, "eventTime") ||
    (event.metadata.creationTimestamp ?? "")
  );
}

function ageOf(event: AnyObject, now: number): string {
  const since = (time: string) => translateTimestampSince(time === "" ? undefined : time, now);
  const first = since(textAt(event, "eventTime") || textAt(event, "firstTimestamp"));
  if (at(event, "series") !== undefined)
    return `${since(textAt(event, "series", "lastObservedTime"))} (x${numberAt(event, "series", "count")} over ${first})`;
  const count = numberAt(event, "count");
  return count > 1 ? `${since(textAt(event, "lastTimestamp"))} (x${count} over ${first})` : first;
}
