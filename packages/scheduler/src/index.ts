export { defaultPlugins } from "./plugins/default-plugins.ts";
export type * from "./framework/plugin.ts";
export { Scheduler, type SchedulerOptions } from "./scheduler.ts";
