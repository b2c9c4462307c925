import { defineKind, version } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { fromEventsV1, toEventsV1 } from "./conversion.ts";
import { CoreV1Event, EventsV1Event } from "./event.gen.ts";
import { fields } from "./fields.ts";
import { strategy } from "./strategy.ts";

export * from "./event.gen.ts";
export { fromEventsV1, toEventsV1 } from "./conversion.ts";

const HOUR_MS = 3_600_000;

export const Event = defineKind<CoreV1Event>({
  group: "",
  kind: "Event",
  plural: "events",
  shortNames: ["ev"],
  scope: "Namespaced",
  versions: {
    v1: { schema: CoreV1Event, storage: true },
    "events.k8s.io/v1": version<EventsV1Event, CoreV1Event>({
      schema: EventsV1Event,
      toHub: fromEventsV1,
      fromHub: toEventsV1,
    }),
  },
  strategy,
  columns,
  fields,
  ttlMs: HOUR_MS,
});
