export { defaultPlugins } from "./plugins/default-plugins.ts";
export type * from "./framework/cluster-event.ts";
export type * from "./framework/plugin.ts";
export type { WaitingPods } from "./framework/waiting-pods.ts";
export { Scheduler } from "./scheduler.ts";
