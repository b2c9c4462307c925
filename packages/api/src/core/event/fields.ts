import { selectFields } from "@dingi/apimachinery";
import type { CoreV1Event } from "./event.gen.ts";

const involved = {
  kind: ({ involvedObject }: CoreV1Event) => involvedObject.kind,
  namespace: ({ involvedObject }: CoreV1Event) => involvedObject.namespace,
  name: ({ involvedObject }: CoreV1Event) => involvedObject.name,
  uid: ({ involvedObject }: CoreV1Event) => involvedObject.uid,
  apiVersion: ({ involvedObject }: CoreV1Event) => involvedObject.apiVersion,
  resourceVersion: ({ involvedObject }: CoreV1Event) => involvedObject.resourceVersion,
  fieldPath: ({ involvedObject }: CoreV1Event) => involvedObject.fieldPath,
};

/** Under the names of both versions. Upstream: pkg/registry/core/event/strategy.go#ToSelectableFields, pkg/apis/events/v1/conversion.go */
export const fields = selectFields<CoreV1Event>({
  ...Object.fromEntries(Object.entries(involved).map(([name, get]) => [`involvedObject.${name}`, get])),
  ...Object.fromEntries(Object.entries(involved).map(([name, get]) => [`regarding.${name}`, get])),
  reason: ({ reason }) => reason,
  reportingComponent: ({ reportingComponent }) => reportingComponent,
  reportingController: ({ reportingComponent }) => reportingComponent,
  source: ({ source, reportingComponent }) => source?.component || reportingComponent,
  type: ({ type }) => type,
});
