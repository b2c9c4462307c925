export * from "./client.ts";
export * from "./events/event-recorder.ts";
export * from "./informer/informer.ts";
export * from "./informer/informers.ts";
export type { IndexFunction } from "./informer/object-index.ts";
export * from "./transport/forward-upgrade.ts";
export * from "./transport/https.ts";
export * from "./transport/in-process.ts";
export type * from "./transport/transport.ts";
