import type { KindExample } from "../kind-example.ts";

export const EVENTS_KINDS: readonly KindExample[] = [
  {
    kind: "Event",
    resource: "events",
    root: "/apis/events.k8s.io/v1",
    namespaced: true,
    minimal: {
      eventTime: "2020-01-01T00:00:00.000000Z",
      type: "Normal",
      reason: "R",
      action: "A",
      reportingController: "example.org/c",
      reportingInstance: "c-1",
      regarding: { namespace: "{ns}" },
    },
    full: {
      eventTime: "2020-01-01T00:00:00.000000Z",
      type: "Warning",
      reason: "R",
      action: "A",
      note: "n",
      reportingController: "example.org/c",
      reportingInstance: "c-1",
      regarding: { kind: "Pod", name: "p", namespace: "{ns}" },
    },
    change: { series: { count: 2, lastObservedTime: "2020-01-01T00:00:09.000000Z" } },
    wrong: { type: "Terrible" },
  },
];
