export * from "./backoff.ts";
export * from "./client.ts";
export { Discovery, type DiscoveryOptions } from "./discovery/discovery.ts";
export { RestMapper } from "./discovery/rest-mapper.ts";
export {
  AGGREGATED_DISCOVERY,
  apiVersionOfResource,
  readServed,
  type Served,
  type ServedResource,
} from "./discovery/served-resource.ts";
export * from "./events/event-recorder.ts";
export { SeriesRecorder, type Happening, type SeriesRecorderOptions } from "./events/series-recorder.ts";
export * from "./informer/informer.ts";
export * from "./informer/informers.ts";
export {
  choosing,
  labelIndexes,
  labelValues,
  selectorIndexes,
  withLabels,
  type IndexReader,
} from "./informer/label-index.ts";
export type { IndexFunction } from "./informer/object-index.ts";
export * from "./leader-election/leader-elector.ts";
export * from "./transport/forward-upgrade.ts";
export * from "./transport/https.ts";
export * from "./transport/in-process.ts";
export * from "./transport/open-upgrade.ts";
export * from "./transport/requester.ts";
export * from "./transport/retrying.ts";
export type * from "./transport/transport.ts";
export { splitLines } from "./transport/lines.ts";
